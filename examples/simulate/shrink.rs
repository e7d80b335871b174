//! Makes a failure small: spares every fault and every person's act without which something still breaks.

use std::io::Write;

use crate::stage::Arenas;
use crate::world::{Broken, Lanes, Plan};

/// Simulations that making a failure small may take.
const TRIES: usize = 400;
/// Lines of a trace that are printed.
const LINES: usize = 80;

/// Prints the smallest failure found, and how to have it again.
pub fn report(
    lanes: &Lanes,
    arenas: &Arenas<'_>,
    plan: &Plan,
    failure: &Broken,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let troubles = failure.troubles.len();
    let (plan, small) = shrunk(lanes, arenas, plan);
    let failure = small.as_ref().unwrap_or(failure);
    let left = failure.troubles.len();
    writeln!(out, "seed {} with {left} of its {troubles} troubles: {}", plan.seed, failure.what)?;
    let from = failure.trace.len().saturating_sub(LINES);
    for line in &failure.trace[from..] {
        writeln!(out, "  {line}")?;
    }
    let spared: Vec<String> = plan.spared.iter().map(ToString::to_string).collect();
    let without =
        if spared.is_empty() { String::new() } else { format!(" --without {}", spared.join(",")) };
    writeln!(
        out,
        "again: cargo run --release --example simulate -- --from {} --seeds 1 --iterations {} --faults {}{without}",
        plan.seed, plan.iterations, plan.faults
    )?;
    Ok(())
}

/// The plan with as many troubles spared as may be, and how it breaks.
fn shrunk(lanes: &Lanes, arenas: &Arenas<'_>, plan: &Plan) -> (Plan, Option<Broken>) {
    let Err(first) = lanes.simulate(arenas, plan) else { return (plan.clone(), None) };
    let what = kind(&first).to_owned();
    let mut best = (plan.clone(), first);
    let mut tries = 0;
    // Many at once first, then one by one.
    for parts in [2, 4, 8, 16, usize::MAX, usize::MAX] {
        let troubles = best.1.troubles.clone();
        let size = troubles.len().div_ceil(parts).max(1);
        for part in troubles.rchunks(size) {
            if tries >= TRIES {
                return (best.0, Some(best.1));
            }
            tries += 1;
            let mut plan = best.0.clone();
            plan.spared.extend(part);
            if let Err(broken) = lanes.simulate(arenas, &plan)
                && kind(&broken) == what
                && broken.troubles.len() < best.1.troubles.len()
            {
                best = (plan, broken);
            }
        }
    }
    (best.0, Some(best.1))
}

/// Which invariant it is, without the particulars.
fn kind(broken: &Broken) -> &str {
    broken.what.split(':').next().unwrap_or_default()
}

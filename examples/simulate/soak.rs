//! One campaign that goes on and on, with faults and people: whether memory, time and what a proposer is told stay
//! bounded while the history grows.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::{Duration, Instant};

use sprag::program::Program;
use sprag::propose::Discloser;
use sprag::propose::brief::{Answer, brief};
use sprag::state::State;

use crate::fate::{Fate, locked};
use crate::stage::{Stage, Terms};
use crate::world::{Campaign, Lanes, Pace, Plan};

/// Checkpoints of a campaign.
const STRETCHES: u64 = 10;

/// Runs one campaign of so many iterations, and prints what each tenth of it took.
pub fn run(iterations: u64, seed: u64, faults: u64, out: &mut impl Write) -> anyhow::Result<()> {
    let stage = Stage::new()?;
    let arenas = stage.arenas()?;
    let lanes = Lanes::new()?;
    let plan = Plan { seed, iterations, faults, terms: Terms::endless(), spared: BTreeSet::new() };
    let fate = Fate::new(seed, faults, &plan.spared);
    let mut campaign = Campaign::new(&arenas, &fate, &lanes, &plan);
    writeln!(
        out,
        "{:>7} {:>5} {:>7} {:>12} {:>11} {:>10} {:>9} {:>11} {:>8} {:>8} {:>8}",
        "records",
        "runs",
        "faults",
        "ms/iteration",
        "ms to begin",
        "ms to read",
        "in use MB",
        "resident MB",
        "state kB",
        "segments",
        "brief kB"
    )?;
    let mut before = campaign.tally();
    for stretch in 1..=STRETCHES {
        let goal = iterations * stretch / STRETCHES;
        *locked(&campaign.pace) = Pace::default();
        while (campaign.checks.records() as u64) < goal {
            lanes.install(|| campaign.step(20)).map_err(|what| broken(&what, &fate))?;
            fate.forget();
            locked(&campaign.store).forget();
            if let Some(yard) = &campaign.yard {
                locked(yard).forget();
            }
        }
        let now = campaign.tally();
        let pace = *locked(&campaign.pace);
        let files = locked(&campaign.store).files();
        let (in_use, resident) = (crate::ALLOCATOR.allocated() as f64 / 1e6, resident_mb());
        let started = Instant::now();
        let state = State::read(&files);
        let read = started.elapsed();
        let (segments, brief) = match &state {
            Ok(state) => (state.history().segments().len(), briefed(state)),
            Err(_) => (0, 0),
        };
        writeln!(
            out,
            "{:>7} {:>5} {:>7} {:>12.2} {:>11.2} {:>10.1} {:>9.1} {:>11.1} {:>8} {:>8} {:>8.1}",
            now.records,
            now.runs - before.runs,
            now.faults - before.faults,
            each(pace.iterating, pace.iterations),
            each(pace.to_begin, pace.begun),
            read.as_secs_f64() * 1e3,
            in_use,
            resident,
            files.values().map(|blob| blob.len()).sum::<usize>() / 1_000,
            segments,
            brief as f64 / 1e3,
        )?;
        out.flush()?;
        before = now;
    }
    Ok(())
}

/// Milliseconds each.
fn each(time: Duration, count: u32) -> f64 {
    time.as_secs_f64() * 1e3 / f64::from(count.max(1))
}

fn broken(what: &str, fate: &Fate) -> anyhow::Error {
    let trace = fate.trace();
    let last: Vec<&str> = trace.iter().rev().take(40).rev().map(AsRef::as_ref).collect();
    anyhow::anyhow!("{}\n{what}", last.join("\n"))
}

/// Bytes of the brief that a model would get now.
fn briefed(state: &State) -> usize {
    let program = Program::default();
    let mut discloser = Discloser::new(state, &program.settings, 1);
    brief(&program, discloser.disclosure(), Answer::Json).text().len()
}

/// Memory that the system counts as this process's, with what its allocator keeps for later, in 10⁶ bytes; 0 where the
/// system doesn't say.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or(0.0) * 1_024.0 / 1e6
}

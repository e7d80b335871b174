//! The whole loop under simulation: one seed decides what fails, what time it is, whose turn it is, what a model answers
//! and what people do meanwhile, and after every run the invariants of `docs/state.md` are checked.
//!
//! ```sh
//! cargo run --release --example simulate -- --seeds 10000
//! cargo run --release --example simulate -- --from 42 --seeds 1 --trace    # one of them again, step by step
//! cargo run --release --example simulate -- --from 3 --every 4 --seeds 1000    # those with pull requests
//! cargo run --release --example simulate -- --soak 2000                    # one without an end, and what it takes
//! ```

mod agreed;
mod checks;
mod disk;
mod fate;
mod forge;
mod model;
mod people;
mod reviewers;
mod shrink;
#[path = "../../tests/it/review/site.rs"]
mod site;
mod soak;
mod stage;
mod world;

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use cap::Cap;
use clap::Parser;
use mimalloc::MiMalloc;

use fate::locked;
use stage::{Arenas, Stage, Terms};
use world::{Broken, Lanes, Plan, Tally};

/// A campaign reads its history again and again, and the C library's allocator gives that memory back to the system between.
/// What is in use is counted: what an allocator keeps for later says little.
#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// Simulates campaigns with faults, and checks that nothing is lost.
#[derive(Debug, Parser)]
struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed in so many: `--from 3 --every 4` has the campaigns with pull requests
    #[arg(long, default_value_t = 1)]
    every: u64,
    /// Iterations of each campaign
    #[arg(long, default_value_t = 30)]
    iterations: u64,
    /// Faults in a thousand effects
    #[arg(long, default_value_t = 40)]
    faults: u64,
    /// Occasions for trouble that are spared, as a failure prints them
    #[arg(long, value_delimiter = ',')]
    without: Vec<u64>,
    /// Print what happened
    #[arg(long)]
    trace: bool,
    /// One campaign of so many iterations instead, with faults and people, and what each stretch of it took
    #[arg(long)]
    soak: Option<u64>,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut out = std::io::stdout().lock();
    if let Some(iterations) = args.soak {
        return soak::run(iterations, args.from, args.faults, &mut out);
    }
    let started = Instant::now();
    let stage = Stage::new()?;
    let arenas = stage.arenas()?;
    let (tally, mut failures) = simulate_all(&args, &arenas, &mut out)?;
    failures.sort_by_key(|(plan, _)| plan.seed);
    let lanes = Lanes::new()?;
    for (plan, failure) in failures.iter().take(3) {
        writeln!(out, "seed {}: {}", plan.seed, failure.what)?;
    }
    if let Some((plan, failure)) = failures.first() {
        shrink::report(&lanes, &arenas, plan, failure, &mut out)?;
    }
    writeln!(
        out,
        "{} seeds, {} broken: {} runs ({} at once with another), {} faults, {} records ({} abandoned, {} external, {} \
         baselines), {} pull requests ({} merged, {} closed), {} looks ({} passed), {} calls, {:.1} s",
        args.seeds,
        failures.len(),
        tally.runs,
        tally.overlapping,
        tally.faults,
        tally.records,
        tally.abandoned,
        tally.external,
        tally.baselines,
        tally.pulls,
        tally.merged,
        tally.closed,
        tally.looks,
        tally.passed,
        tally.calls,
        started.elapsed().as_secs_f64()
    )?;
    anyhow::ensure!(failures.is_empty(), "{} seeds break an invariant", failures.len());
    Ok(())
}

type Failures = Vec<(Plan, Broken)>;

/// All seeds, on all cores: a core takes the next seed when it is done with one.
fn simulate_all(
    args: &Args,
    arenas: &Arenas<'_>,
    out: &mut impl Write,
) -> anyhow::Result<(Tally, Failures)> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(args.from);
    let found = Mutex::new((Tally::default(), Failures::new()));
    let traces = Mutex::new(Vec::new());
    let spared: BTreeSet<u64> = args.without.iter().copied().collect();
    let work = || -> anyhow::Result<()> {
        let lanes = Lanes::new()?;
        loop {
            let seed = next.fetch_add(args.every, Relaxed);
            if seed >= args.from + args.seeds * args.every {
                return Ok(());
            }
            let (iterations, faults, spared) = (args.iterations, args.faults, spared.clone());
            let plan = Plan { seed, iterations, faults, terms: Terms::of(seed), spared };
            match lanes.simulate(arenas, &plan) {
                Ok((tally, trace)) => {
                    locked(&found).0.add(&tally);
                    if args.trace {
                        locked(&traces).extend(trace);
                    }
                }
                Err(failure) => locked(&found).1.push((plan, failure)),
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    for line in locked(&traces).iter() {
        writeln!(out, "{line}")?;
    }
    Ok(found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

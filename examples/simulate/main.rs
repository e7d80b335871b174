//! The whole loop under simulation: one seed decides what fails, what time it is, what a model answers and what people
//! do meanwhile, and after every run the invariants of `docs/state.md` are checked.
//!
//! ```sh
//! cargo run --release --example simulate -- --seeds 10000
//! cargo run --release --example simulate -- --from 42 --seeds 1 --trace    # one of them again, step by step
//! ```

mod disk;
mod fate;
mod model;
mod world;

use std::io::Write as _;
use std::time::Instant;

use clap::Parser;
use rayon::prelude::*;

/// Simulates campaigns with faults, and checks that nothing is lost.
#[derive(Debug, Parser)]
struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Iterations of each campaign
    #[arg(long, default_value_t = 30)]
    iterations: u64,
    /// Faults in a thousand effects
    #[arg(long, default_value_t = 40)]
    faults: u64,
    /// Print what happened
    #[arg(long)]
    trace: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let mut out = std::io::stdout().lock();
    let started = Instant::now();
    let stage = world::Stage::new()?;
    let seeds = (args.from..args.from + args.seeds).into_par_iter();
    let results: Vec<(u64, Result<world::Tally, world::Broken>)> = seeds
        .map(|seed| (seed, world::simulate(&stage, seed, args.iterations, args.faults)))
        .collect();
    let mut tally = world::Tally::default();
    let mut broken = 0;
    for (seed, result) in &results {
        match result {
            Ok(one) => {
                tally.add(one);
                if args.trace {
                    for line in &one.trace {
                        writeln!(out, "{line}")?;
                    }
                }
            }
            Err(failure) => {
                broken += 1;
                if broken <= 3 {
                    let from = if args.trace { 0 } else { failure.trace.len().saturating_sub(40) };
                    for line in &failure.trace[from..] {
                        writeln!(out, "  {line}")?;
                    }
                    writeln!(out, "seed {seed}: {}", failure.what)?;
                    writeln!(
                        out,
                        "  again: cargo run --release --example simulate -- --from {seed} --seeds 1 --trace"
                    )?;
                }
            }
        }
    }
    writeln!(
        out,
        "{} seeds, {broken} broken: {} runs, {} faults, {} records ({} abandoned, {} external, {} baselines), {} calls, \
         {:.1} s",
        args.seeds,
        tally.runs,
        tally.faults,
        tally.records,
        tally.abandoned,
        tally.external,
        tally.baselines,
        tally.calls,
        started.elapsed().as_secs_f64()
    )?;
    anyhow::ensure!(broken == 0, "{broken} of {} seeds break an invariant", args.seeds);
    Ok(())
}

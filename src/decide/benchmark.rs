//! Not just the market's own rise: better for its risk than buying everything and waiting.

use super::{Gate, Measured};

pub(super) static GATE: Gate = Gate {
    id: "benchmark",
    summary: "an out-of-sample Sharpe ratio above that of buy-and-hold with the same costs, or above the incumbent's as long as that is below ([gates] benchmark)",
    measure: |case| {
        if !case.settings().benchmark {
            return None;
        }
        let benchmark = case.arena.benchmark()?.out_of_sample.get("sharpe").get()?;
        // A search that begins below the market may climb up to it; once above, it may not fall back.
        let incumbent = case.incumbent.and_then(|incumbent| incumbent.sharpe);
        let limit = incumbent.map_or(benchmark, |incumbent| incumbent.min(benchmark));
        // Without a Sharpe ratio there is no risk-adjusted return to compare.
        Some(match case.sharpe() {
            Some(sharpe) => Measured::above(sharpe, limit),
            None => Measured { pass: false, value: None, limit },
        })
    },
};

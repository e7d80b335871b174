//! Enough trades out-of-sample.

use super::{Gate, Measured};

pub(super) static GATE: Gate = Gate {
    id: "min_trades",
    summary: "at least [gates] min_trades trades out-of-sample",
    measure: |case| {
        let trades = case.evaluation.out_of_sample.get("trades").get().unwrap_or(0.0);
        Some(Measured::at_least(trades, case.settings().min_trades as f64))
    },
};

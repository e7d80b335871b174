//! Enough trades in every out-of-sample fold, so that one busy fold can't stand for all.

use super::{Gate, Measured};
use crate::backtest::Span;

pub(super) static GATE: Gate = Gate {
    id: "min_trades_per_fold",
    summary: "at least [gates] min_trades_per_fold trades in every out-of-sample fold",
    measure: |case| {
        let folds = case.evaluation.backtest.span(Span::OutOfSample);
        let fewest = folds.iter().map(|run| run.trades.len()).min().unwrap_or(0);
        Some(Measured::at_least(fewest as f64, case.settings().min_trades_per_fold as f64))
    },
};

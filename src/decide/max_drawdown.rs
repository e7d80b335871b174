//! No out-of-sample fold falls too far.

use super::{Gate, Measured};
use crate::backtest::Span;

pub(super) static GATE: Gate = Gate {
    id: "max_drawdown",
    summary: "no out-of-sample fold with a drawdown above [gates] max_drawdown",
    measure: |case| {
        let backtest = &case.evaluation.backtest;
        let deepest = backtest
            .span(Span::OutOfSample)
            .iter()
            .filter_map(|run| run.metrics(backtest.bars_per_year).get("max_drawdown").get())
            .fold(0.0, f64::max);
        Some(Measured::at_most(deepest, case.settings().max_drawdown))
    },
};

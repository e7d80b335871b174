//! What a proposer may see: the in-sample folds that share no bar with an out-of-sample one.
//!
//! With walk-forward and cross-validation most in-sample parts do share bars, and what is left may be nothing.

use super::{Arena, episodes};
use crate::backtest::{Backtest, Fold, Span};
use crate::score::{self, Evidence};
use crate::strategy::Compiled;

impl Arena<'_> {
    /// Backtests a strategy on the in-sample folds that a proposer may see. None where there is no such fold.
    pub fn backtest_in_sample(&self, strategy: &Compiled) -> Option<Backtest> {
        let (decide, develop): (Vec<Fold>, Vec<Fold>) =
            self.layout.folds().into_iter().partition(|fold| fold.span == Span::OutOfSample);
        let meets = |a: &Fold, b: &Fold| a.ticks.start < b.ticks.end && b.ticks.start < a.ticks.end;
        let apart = |fold: &Fold| !decide.iter().any(|other| meets(fold, other));
        let folds: Vec<Fold> = develop.into_iter().filter(apart).collect();
        (!folds.is_empty()).then(|| self.run(strategy, &folds))
    }

    /// The score over those folds, as if they were the ones that decide. None where there are none, or no number.
    pub fn score_in_sample(&self, strategy: &Compiled) -> Option<f64> {
        let backtest = self.backtest_in_sample(strategy)?;
        let folds = backtest.returns(Span::InSample);
        let evidence = Evidence {
            folds: &folds.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            trades: &episodes(&backtest.span(Span::InSample)),
            in_sample: None,
            bars_per_year: backtest.bars_per_year,
        };
        score::score(&evidence, &self.program.settings.score).ok().map(|score| score.value)
    }
}

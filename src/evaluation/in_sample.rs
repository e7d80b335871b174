//! What a proposer may see: the in-sample folds that share no bar with an out-of-sample one.
//!
//! With walk-forward and cross-validation most in-sample parts do share bars, and what is left may be nothing.

use super::{Arena, episodes};
use crate::backtest::{Backtest, Fold, Span};
use crate::score::{self, Evidence};
use crate::strategy::Compiled;

/// Below every score.
const RAREST: f64 = -100.0;

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

    /// The score over those folds, as if they were the ones that decide, to compare drafts by. A strategy that trades too
    /// seldom there to pass `min_trades` of the gates on as many bars comes after all others, the seldomer the later:
    /// by its score alone, of 0 or nearly so, it would come before whatever loses, and could never be accepted. None
    /// where there are no such folds, or no number.
    pub fn score_in_sample(&self, strategy: &Compiled) -> Option<f64> {
        let backtest = self.backtest_in_sample(strategy)?;
        let needed = self.trades_needed(&backtest);
        let trades = backtest.runs.iter().map(|run| run.trades.len()).sum::<usize>() as f64;
        if trades < needed {
            return Some(RAREST * (2.0 - trades / needed));
        }
        let folds = backtest.returns(Span::InSample);
        let evidence = Evidence {
            folds: &folds.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            trades: &episodes(&backtest.span(Span::InSample)),
            in_sample: None,
            bars_per_year: backtest.bars_per_year,
        };
        score::score(&evidence, &self.program.settings.score).ok().map(|score| score.value)
    }

    /// What `min_trades` of the gates makes on the bars of a backtest.
    fn trades_needed(&self, backtest: &Backtest) -> f64 {
        let bars = |folds: &mut dyn Iterator<Item = &Fold>| -> f64 {
            folds.map(|fold| fold.ticks.len()).sum::<usize>() as f64
        };
        let deciding = self.layout.folds();
        let deciding = bars(&mut deciding.iter().filter(|fold| fold.span == Span::OutOfSample));
        let here = bars(&mut backtest.runs.iter().map(|run| &run.fold));
        self.program.settings.gates.min_trades as f64 * here / deciding.max(1.0)
    }
}

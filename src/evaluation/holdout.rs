//! The holdout: the one place that backtests its ticks, and only for a look that a repository holds.

use std::ops::Range;

use super::Arena;
use crate::backtest::{Sealed, Span};
use crate::state::ledger::{Retired, WrittenLook};
use crate::stats::Value;
use crate::stats::sharpe::SharpeEstimate;
use crate::strategy::Compiled;

/// The holdout's ticks. They can be named, so that the ledger can tell overlapping holdouts, but only a
/// [`WrittenLook`] has them run.
pub(super) struct Holdout(Option<Sealed>);

impl Holdout {
    pub(super) fn of(sealed: Option<Sealed>) -> Self {
        Self(sealed)
    }

    pub(super) fn ticks(&self) -> Option<Range<usize>> {
        self.0.as_ref().map(|sealed| sealed.fold.ticks.clone())
    }
}

impl Arena<'_> {
    /// Takes a look: whether the strategy's probabilistic Sharpe ratio on the holdout exceeds 1 - level. That is all that
    /// comes out; the number stays in here. Parameters to be fitted are chosen on what is before the holdout.
    ///
    /// `None` where this isn't what the look was written for: another epoch, another strategy, no holdout.
    pub fn look(&self, permission: &WrittenLook, strategy: &Compiled) -> Option<bool> {
        let psr = self.psr_on_holdout(permission, strategy)?;
        // Returns that don't vary are no evidence.
        Some(psr.is_ok_and(|psr| psr >= 1.0 - permission.look().level))
    }

    /// The probabilistic Sharpe ratio that a look found, once no look at that holdout is left.
    pub fn unsealed(
        &self,
        _: &Retired,
        permission: &WrittenLook,
        strategy: &Compiled,
    ) -> Option<f64> {
        self.psr_on_holdout(permission, strategy)?.ok()
    }

    fn psr_on_holdout(&self, permission: &WrittenLook, strategy: &Compiled) -> Option<Value> {
        let look = permission.look();
        let sealed = self.holdout.0.as_ref()?;
        if look.epoch != self.epoch || look.candidate != strategy.hash.as_str() {
            return None;
        }
        let fit = strategy.fit.as_ref().filter(|_| self.program.settings.split.fit);
        let chosen = fit.and_then(|fit| {
            let fitted = self.choose_on(fit, std::slice::from_ref(&sealed.fitted_on));
            fit.with(&fitted.values(fit).swap_remove(0))
        });
        let backtest =
            self.run(chosen.as_ref().unwrap_or(strategy), std::slice::from_ref(&sealed.fold));
        let returns = backtest.returns(Span::Holdout).concat();
        Some(SharpeEstimate::of(&returns).and_then(|estimate| estimate.psr(0.0)))
    }
}

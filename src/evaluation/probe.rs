//! Further runs of a candidate that gates ask for: at higher costs, and of its neighbours. Nothing is run before it is
//! asked for, and nothing twice.

use std::cell::OnceCell;

use super::{Arena, Evaluation, Fitted};
use crate::backtest::Span;
use crate::backtest::metrics::Metrics;
use crate::program::CostSettings;
use crate::strategy::{CandidateHash, Compiled, Strategy, neighbours};

/// What can be asked of a candidate besides its evaluation.
pub struct Probes<'a> {
    arena: &'a Arena<'a>,
    strategy: &'a Strategy,
    compiled: &'a Compiled,
    fitted: Option<Fitted>,
    neighbours: OnceCell<Vec<Neighbour>>,
}

/// A strategy near a candidate, evaluated: a trial like any other.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// What it does, as a hash.
    pub hash: CandidateHash,
    /// What it did.
    pub evaluation: Evaluation,
}

impl<'a> Probes<'a> {
    /// Of a candidate and what fitting chose for it. Probes are run with those choices: nothing is fitted anew.
    pub fn new(
        arena: &'a Arena<'a>,
        strategy: &'a Strategy,
        compiled: &'a Compiled,
        evaluation: &Evaluation,
    ) -> Self {
        let fitted = evaluation.fitted.clone();
        Self { arena, strategy, compiled, fitted, neighbours: OnceCell::new() }
    }

    /// Total out-of-sample return as a fraction, folds joined, with every cost `factor` times as high.
    pub fn return_at_costs(&self, factor: f64) -> Option<f64> {
        let costs = &self.arena.program.settings.costs;
        let costs = CostSettings {
            fee_bps: costs.fee_bps * factor,
            fee_fixed: costs.fee_fixed * factor,
            slippage_bps: costs.slippage_bps * factor,
            spread_bps: costs.spread_bps * factor,
            borrow_bps_per_year: costs.borrow_bps_per_year * factor,
        };
        let paths = self.arena.replay(self.compiled, self.fitted.as_ref(), &costs);
        let evaluation = self.arena.score(paths).ok()?;
        let backtest = &evaluation.backtest;
        let metrics = Metrics::of(&backtest.span(Span::OutOfSample), backtest.bars_per_year);
        metrics.get("total_return").get()
    }

    /// The candidate's neighbours, evaluated.
    pub fn neighbours(&self) -> &[Neighbour] {
        self.neighbours.get_or_init(|| {
            let costs = &self.arena.program.settings.costs;
            let evaluate = |near: Compiled| {
                let paths = self.arena.replay(&near, self.fitted.as_ref(), costs);
                let evaluation = self.arena.score(paths).ok()?;
                Some(Neighbour { hash: near.hash, evaluation })
            };
            let near = neighbours(self.strategy, self.compiled).into_iter();
            near.filter_map(evaluate).collect()
        })
    }

    /// The neighbours that were asked for; none if nobody did.
    pub fn into_trials(self) -> Vec<Neighbour> {
        self.neighbours.into_inner().unwrap_or_default()
    }
}

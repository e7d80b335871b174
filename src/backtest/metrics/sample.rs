//! What metrics are computed from. What several of them need is computed once, when one asks for it.

use std::cell::OnceCell;

use super::drawdown::Fall;
use super::statistics::{self, Moments};
use super::{NO_SUCH_METRIC, TABLE, Value};
use crate::backtest::{CostTotals, FoldRun, Trade};
use crate::wide::wide;

/// Closes that are worked on at once: few enough to stay in L1.
const BLOCK: usize = 1_024;

/// Runs that follow each other in time, and what metrics share.
pub struct Sample<'a> {
    runs: Vec<&'a FoldRun>,
    pub(super) bars_per_year: f64,
    closes: OnceCell<Closes>,
    returns: OnceCell<Vec<f64>>,
    trade_returns: OnceCell<Vec<f64>>,
}

/// What one pass over all closes gives.
struct Closes {
    moments: Moments,
    fall: Fall,
}

impl<'a> Sample<'a> {
    /// Prepares metrics over runs that follow each other in time.
    pub fn of(runs: &[&'a FoldRun], bars_per_year: f64) -> Self {
        Self {
            runs: runs.to_vec(),
            bars_per_year,
            closes: OnceCell::new(),
            returns: OnceCell::new(),
            trade_returns: OnceCell::new(),
        }
    }

    /// The metric of this name; nothing is computed that it doesn't need.
    pub fn get(&self, name: &str) -> Value {
        let metric = TABLE.iter().find(|metric| metric.name == name);
        metric.map_or(NO_SUCH_METRIC, |metric| (metric.compute)(self))
    }

    /// Number of closes at which equity was marked.
    pub(super) fn bars(&self) -> usize {
        self.runs.iter().map(|run| run.equity.len()).sum()
    }

    /// Number of bar returns: one fewer than closes in each fold.
    pub(super) fn return_count(&self) -> usize {
        self.runs.iter().map(|run| run.equity.len().saturating_sub(1)).sum()
    }

    /// Mean and squared deviations of the bar returns.
    pub(super) fn moments(&self) -> &Moments {
        &self.closes().moments
    }

    /// The deepest drawdown.
    pub(super) fn deepest(&self) -> f64 {
        self.closes().fall.deepest
    }

    /// Equity of years doesn't fit in the fast caches: what needs no more than one look at each close is
    /// computed together. Blocks begin anew with each fold.
    fn closes(&self) -> &Closes {
        self.closes.get_or_init(|| {
            let mut closes = Closes { moments: Moments::NONE, fall: Fall::default() };
            for (equity, scale) in self.wealth() {
                closes.fall.pass(&equity[..1], scale);
                for start in (1..equity.len()).step_by(BLOCK) {
                    let block = &equity[start - 1..equity.len().min(start + BLOCK)];
                    let moments = wide!({ Moments::of_returns(block) });
                    closes.moments = closes.moments.then(moments);
                    closes.fall.pass(&block[1..], scale);
                }
            }
            closes
        })
    }

    /// Bar returns, folds joined.
    pub(super) fn returns(&self) -> &[f64] {
        self.returns.get_or_init(|| {
            let mut all = vec![0.0; self.return_count()];
            let mut rest = &mut all[..];
            for run in &self.runs {
                let (returns, after) = rest.split_at_mut(run.equity.len().saturating_sub(1));
                simple_returns(&run.equity, returns);
                rest = after;
            }
            all
        })
    }

    /// The equity of each fold with what it is scaled by, so that it goes on where the one before ended.
    pub(super) fn wealth(&self) -> impl Iterator<Item = (&'a [f64], f64)> + '_ {
        let mut last = None;
        self.runs.iter().filter_map(move |run| {
            let (first, end) = (*run.equity.first()?, *run.equity.last()?);
            let scale = last.map_or(1.0, |last: f64| last / first);
            last = Some(end * scale);
            Some((&run.equity[..], scale))
        })
    }

    /// Final over starting wealth.
    pub(super) fn growth(&self) -> f64 {
        let ends =
            self.runs.iter().filter_map(|run| Some(run.equity.last()? / run.equity.first()?));
        ends.product()
    }

    /// Equity at the end; over several folds, starting cash compounded.
    pub(super) fn final_equity(&self) -> f64 {
        match &self.runs[..] {
            // To the bit.
            [run] => run.equity.last().copied().unwrap_or(0.0),
            [first, ..] => first.equity.first().copied().unwrap_or(0.0) * self.growth(),
            [] => 0.0,
        }
    }

    /// Closed trades.
    pub(super) fn trades(&self) -> impl Iterator<Item = &'a Trade> + '_ {
        self.runs.iter().flat_map(|run| &run.trades)
    }

    /// Net return of each closed trade.
    pub(super) fn trade_returns(&self) -> &[f64] {
        self.trade_returns.get_or_init(|| self.trades().map(Trade::net_return).collect())
    }

    /// Costs paid.
    pub(super) fn costs(&self) -> CostTotals {
        let mut costs = CostTotals::default();
        self.runs.iter().for_each(|run| costs.add(&run.costs));
        costs
    }

    /// Notional traded over equity, both sides, summed.
    pub(super) fn turnover(&self) -> f64 {
        self.runs.iter().map(|run| run.turnover).sum()
    }

    /// Gross notional over equity, summed over closes.
    pub(super) fn exposure(&self) -> f64 {
        self.runs.iter().map(|run| run.exposure).sum()
    }
}

/// Simple returns between consecutive values; what was zero stays zero.
pub(in crate::backtest) fn simple_returns(equity: &[f64], returns: &mut [f64]) {
    statistics::simple_returns(equity, equity.get(1..).unwrap_or_default(), returns);
}

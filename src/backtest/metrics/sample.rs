//! What metrics are computed from. What several of them need is computed once, when one asks for it.

use std::cell::OnceCell;

use super::statistics::Moments;
use super::{NO_SUCH_METRIC, TABLE, Value, drawdown};
use crate::backtest::{CostTotals, FoldRun, Trade};

/// Returns that are worked on at once: few enough to stay in L1.
const BLOCK: usize = 1_024;

/// Runs that follow each other in time, and what metrics share.
pub struct Sample<'a> {
    runs: Vec<&'a FoldRun>,
    pub(super) bars_per_year: f64,
    moments: OnceCell<Moments>,
    returns: OnceCell<Vec<f64>>,
    trade_returns: OnceCell<Vec<f64>>,
    deepest: OnceCell<f64>,
}

impl<'a> Sample<'a> {
    /// Prepares metrics over runs that follow each other in time.
    pub fn of(runs: &[&'a FoldRun], bars_per_year: f64) -> Self {
        Self {
            runs: runs.to_vec(),
            bars_per_year,
            moments: OnceCell::new(),
            returns: OnceCell::new(),
            trade_returns: OnceCell::new(),
            deepest: OnceCell::new(),
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
        self.moments.get_or_init(|| {
            let mut moments = Moments::NONE;
            self.each_block(|returns| moments = moments.then(Moments::of(returns)));
            moments
        })
    }

    /// Bar returns, folds joined.
    pub(super) fn returns(&self) -> &[f64] {
        self.returns.get_or_init(|| {
            let mut all = Vec::with_capacity(self.return_count());
            self.each_block(|returns| all.extend_from_slice(returns));
            all
        })
    }

    /// Bar returns in blocks that begin anew with each fold, so that sums over them are the same
    /// whatever computes them.
    fn each_block(&self, mut take: impl FnMut(&[f64])) {
        let mut block = [0.0; BLOCK];
        for run in &self.runs {
            let mut rest = &run.equity[..];
            while rest.len() > 1 {
                let count = BLOCK.min(rest.len() - 1);
                simple_returns(&rest[..=count], &mut block[..count]);
                take(&block[..count]);
                rest = &rest[count..];
            }
        }
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

    /// The deepest drawdown.
    pub(super) fn deepest(&self) -> f64 {
        *self.deepest.get_or_init(|| drawdown::deepest(self))
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
    for (out, pair) in returns.iter_mut().zip(equity.windows(2)) {
        *out = if pair[0] > 0.0 { pair[1] / pair[0] - 1.0 } else { 0.0 };
    }
}

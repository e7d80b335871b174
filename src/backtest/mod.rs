//! Strategies over bars: signals, fills, costs, accounts, metrics.
//!
//! ```text
//! Compiled + Market ── signals (∥ symbols) ──▶ Signals ── account (∥ folds) ──▶ FoldRun ── metrics
//! ```
//!
//! Signals are computed once per symbol over all bars, since every function is causal, and shared by
//! all folds; what they take from other symbols, longer bars and the universe is computed before.
//! Each fold is an account of its own that starts and ends flat. Results are the same to the bit for
//! any number of threads: work is split by symbol and by fold, never inside a sum.
//!
//! Never touches state, the disk, the clock, or who proposed the strategy.

mod account;
mod costs;
pub mod metrics;
mod order;
mod position;
mod signals;
mod split;
mod stretch;
mod terms;
mod trade;

pub use costs::CostTotals;
pub use split::{Fold, Layout, Sealed, Span, SplitError, layout, whole};
pub use trade::{ExitReason, OpenTrade, SideName, Trade};

use rayon::prelude::*;

use crate::market::{Bars, Market};
use crate::program::{BacktestSettings, CostSettings};
use crate::strategy::Compiled;
use metrics::Metrics;
use signals::{Questions, Signals};

/// Bytes that the decisions of a batch of strategies, and what they read on other bars, may take.
const BATCH_BYTES: usize = 16 << 20;

/// Bars, over all symbols, whose signals a thread computes at a time, and that an account of its own trades:
/// far more work than it is to hand it over.
const SIGNAL_BARS: usize = 2_500;
const ACCOUNT_BARS: usize = 10_000;

/// How many of so many things, which are `bars` bars together, are a thread's part of `least` bars.
fn part(things: usize, bars: usize, least: usize) -> usize {
    (least * things / bars.max(1)).max(1)
}

/// What one account did over one fold.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldRun {
    /// The fold.
    pub fold: Fold,
    /// Equity at the close of each tick of the fold, the last one after closing open trades.
    pub equity: Vec<f64>,
    /// Trades in the order in which they were closed.
    pub trades: Vec<Trade>,
    /// Trades still open at the end, where `close_at_end` is false.
    pub open_trades: Vec<OpenTrade>,
    /// Costs paid, each kind apart.
    pub costs: CostTotals,
    /// Notional traded over equity at the fill, both sides, summed.
    pub turnover: f64,
    /// Gross notional over equity, summed over closes.
    pub exposure: f64,
    /// Whether equity fell to zero or below, which ended the account.
    pub ruined: bool,
}

impl FoldRun {
    /// Simple returns between consecutive closes: one fewer than the fold has ticks.
    pub fn returns(&self) -> Vec<f64> {
        let mut returns = vec![0.0; self.equity.len().saturating_sub(1)];
        metrics::simple_returns(&self.equity, &mut returns);
        returns
    }

    /// Metrics of this fold alone.
    pub fn metrics(&self, bars_per_year: f64) -> Metrics {
        Metrics::of(&[self], bars_per_year)
    }
}

/// A strategy's runs over folds, in the order in which the folds were given.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// One per fold.
    pub runs: Vec<FoldRun>,
    /// Bars per year used for annualisation.
    pub bars_per_year: f64,
}

impl Backtest {
    /// The runs of one span, in time order.
    pub fn span(&self, span: Span) -> Vec<&FoldRun> {
        self.runs.iter().filter(|run| run.fold.span == span).collect()
    }

    /// Metrics over all folds of a span, joined in time order; none if there is no such fold.
    pub fn metrics(&self, span: Span) -> Option<Metrics> {
        let runs = self.span(span);
        (!runs.is_empty()).then(|| Metrics::of(&runs, self.bars_per_year))
    }

    /// Per-bar returns of each fold of a span.
    pub fn returns(&self, span: Span) -> Vec<Vec<f64>> {
        self.span(span).into_iter().map(FoldRun::returns).collect()
    }
}

/// Strategies' signals on a market: what all of them compute is computed once.
struct Batch<'a> {
    strategies: &'a [Compiled],
    market: &'a Market,
    /// Per symbol, per strategy.
    signals: Vec<Vec<Signals>>,
}

impl<'a> Batch<'a> {
    /// Evaluates strategies, symbols in parallel.
    fn new(strategies: &'a [Compiled], market: &'a Market) -> Self {
        let questions = Questions::of(strategies);
        let supplies = questions.supplies(market);
        let bars = market.symbols().iter().map(Bars::len).sum();
        let symbols = market.symbols().par_iter().zip(&supplies);
        let symbols = symbols.with_min_len(part(market.symbols().len(), bars, SIGNAL_BARS));
        let signals = symbols.map(|(bars, supplied)| questions.signals(bars, supplied)).collect();
        Self { strategies, market, signals }
    }

    /// Runs one of the strategies over folds, in parallel.
    fn run(
        &self,
        at: usize,
        folds: &[Fold],
        settings: &BacktestSettings,
        costs: &CostSettings,
    ) -> Backtest {
        let signals = self.signals.iter().map(|strategies| &strategies[at]).collect();
        let plan = account::Plan::new(&self.strategies[at], self.market, signals, settings, costs);
        let ticks: usize = folds.iter().map(|fold| fold.ticks.len()).sum();
        let bars = ticks * self.market.symbols().len();
        let each = folds.par_iter().with_min_len(part(folds.len(), bars, ACCOUNT_BARS));
        let runs = each.map(|fold| account::run(&plan, fold.clone())).collect();
        Backtest { runs, bars_per_year: bars_per_year(self.market, settings) }
    }
}

/// Runs a strategy over folds, symbols and folds in parallel.
pub fn run(
    strategy: &Compiled,
    market: &Market,
    folds: &[Fold],
    settings: &BacktestSettings,
    costs: &CostSettings,
) -> Backtest {
    Batch::new(std::slice::from_ref(strategy), market).run(0, folds, settings, costs)
}

/// Runs many strategies over the same folds and keeps what `reduce` makes of each, in their order.
///
/// What strategies have in common is computed once, so candidates that differ in a parameter cost much
/// less together than one by one. Strategies are taken in batches of a size that the data decides, not
/// the threads: results are the same to the bit as those of [`run`].
pub fn run_each<R: Send>(
    strategies: &[Compiled],
    market: &Market,
    folds: &[Fold],
    settings: &BacktestSettings,
    costs: &CostSettings,
    reduce: impl Fn(Backtest) -> R + Sync,
) -> Vec<R> {
    let bars = market.symbols().iter().map(Bars::len).sum();
    let largest = strategies.iter().map(|strategy| Signals::bytes(strategy, bars)).max();
    let batch = (BATCH_BYTES / largest.unwrap_or(1).max(1)).max(1);
    let batches = strategies.par_chunks(batch).map(|strategies| {
        let batch = Batch::new(strategies, market);
        let each = (0..strategies.len()).into_par_iter();
        each.map(|at| reduce(batch.run(at, folds, settings, costs))).collect::<Vec<R>>()
    });
    batches.collect::<Vec<Vec<R>>>().into_iter().flatten().collect()
}

/// The program's setting, or what the data's calendar says.
pub fn bars_per_year(market: &Market, settings: &BacktestSettings) -> f64 {
    if settings.bars_per_year > 0.0 { settings.bars_per_year } else { market.bars_per_year() }
}

//! Buy-and-hold of the universe: what the market did by itself, for the same costs.

use super::Arena;
use crate::backtest::metrics::Metrics;
use crate::backtest::{Backtest, Span};
use crate::strategy::{Compiled, MAX_POSITIONS, Strategy, compile};

/// What buying every symbol at once and waiting would have brought: an account per fold as for any strategy.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// Its runs.
    pub backtest: Backtest,
    /// In-sample metrics, folds joined.
    pub in_sample: Metrics,
    /// Out-of-sample metrics, folds joined.
    pub out_of_sample: Metrics,
}

/// The rules of buy-and-hold for so many symbols: an equal slot for each, bought when its first bar comes. `None` only
/// if the language couldn't say it.
pub fn buy_and_hold(symbols: usize) -> Option<Compiled> {
    let text = format!(
        "[long]\nenter = \"true\"\nexit = \"false\"\n\n[size]\nmax_positions = {}\n",
        symbols.clamp(1, MAX_POSITIONS as usize)
    );
    let strategy = Strategy::parse("", &text).ok()?;
    compile(&strategy, ("", &text)).ok()
}

impl Arena<'_> {
    /// Buy-and-hold of the program's universe in the folds of every candidate, with the same costs. Computed once.
    pub fn benchmark(&self) -> Option<&Benchmark> {
        let compute = || {
            let strategy = buy_and_hold(self.market.symbols().len())?;
            let backtest = self.run(&strategy, &self.layout.folds());
            let metrics = |span| Metrics::of(&backtest.span(span), backtest.bars_per_year);
            let (in_sample, out_of_sample) = (metrics(Span::InSample), metrics(Span::OutOfSample));
            Some(Benchmark { in_sample, out_of_sample, backtest })
        };
        self.benchmark.get_or_init(compute).as_ref()
    }
}

//! What is under test, as functions: the ones that iterations run on, or broken ones of a test.

use crate::backtest::{self, Backtest, Fold};
use crate::check;
use crate::expr::{self, NodeId};
use crate::market::Market;
use crate::program::{BacktestSettings, CostSettings};
use crate::strategy::Compiled;

/// From text to strategy, from strategy and market to values and accounts.
#[derive(Clone, Copy)]
pub struct Engine<'a> {
    /// Compiles a strategy file; none if it is refused.
    pub compile: &'a (dyn Fn(&str) -> Option<Compiled> + Sync),
    /// All that a strategy computes: per symbol, per sub-expression, per bar.
    pub values: &'a Values<'a>,
    /// Runs a strategy over folds.
    pub backtest: &'a Run<'a>,
}

/// The form of [`values`].
pub type Values<'a> = dyn Fn(&Compiled, &Market) -> Vec<Vec<Vec<f64>>> + Sync + 'a;

/// The form of [`backtest::run`].
pub type Run<'a> =
    dyn Fn(&Compiled, &Market, &[Fold], &BacktestSettings, &CostSettings) -> Backtest + Sync + 'a;

impl Engine<'_> {
    /// The one that iterations run on.
    pub const OWN: Engine<'static> =
        Engine { compile: &compile, values: &values, backtest: &backtest::run };
}

fn compile(text: &str) -> Option<Compiled> {
    check::read("canary", text).ok().map(|candidate| candidate.compiled)
}

/// All that a strategy computes on a market: per symbol, per sub-expression, per bar.
pub fn values(strategy: &Compiled, market: &Market) -> Vec<Vec<Vec<f64>>> {
    let nodes: Vec<NodeId> = strategy.graph.ids().collect();
    let supplies = expr::supplies(&strategy.graph, &nodes, market);
    let each = market.symbols().iter().zip(&supplies);
    each.map(|(bars, supplied)| expr::columns(&strategy.graph, &nodes, bars, supplied)).collect()
}

/// A strategy and its file.
pub(super) struct Program {
    pub(super) text: String,
    pub(super) compiled: Compiled,
}

impl Program {
    /// None if the engine refuses the text.
    pub(super) fn new(engine: &Engine<'_>, text: String) -> Option<Self> {
        Some(Self { compiled: (engine.compile)(&text)?, text })
    }
}

//! How the incumbent did in-sample, as numbers for whoever proposes.
//!
//! Plain values: `diagnose` fills them in from the in-sample folds, and from nothing else.

use serde::Serialize;

/// What a backtest of the in-sample folds showed. An undefined number is `None`.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Diagnostics {
    /// All metrics by name, folds joined.
    pub metrics: Vec<(&'static str, Option<f64>)>,
    /// Each fold by itself, in time order.
    pub folds: Vec<FoldFigures>,
    /// Each symbol, in account order.
    pub symbols: Vec<SymbolFigures>,
    /// How trades ended, the most frequent way first.
    pub exits: Vec<ExitFigures>,
    /// The trades with the lowest returns, the worst first.
    pub worst_trades: Vec<TradeFigures>,
    /// Part of the sum of all winning trades that the best three make, in 0..=1.
    pub best_three: Option<f64>,
    /// Costs paid over the profit before costs; more than 1 where costs ate all of it.
    pub costs_over_profit: Option<f64>,
    /// How often the conditions hold, rule by rule.
    pub conditions: Vec<ConditionFigures>,
}

/// One in-sample fold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoldFigures {
    /// Date of its first bar.
    pub from: String,
    /// Date of its last bar.
    pub to: String,
    /// Total return as a fraction.
    pub total_return: Option<f64>,
    /// Annualised Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Maximum drawdown as a positive fraction.
    pub max_drawdown: Option<f64>,
    /// Closed trades.
    pub trades: usize,
    /// Mean net return per trade as a fraction.
    pub return_per_trade: Option<f64>,
    /// Mean gross exposure as a fraction of equity.
    pub exposure: Option<f64>,
    /// All costs paid over the starting cash.
    pub costs: f64,
}

/// What one symbol brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SymbolFigures {
    /// The symbol.
    pub symbol: String,
    /// Closed trades.
    pub trades: usize,
    /// Trades with a profit over all trades.
    pub win_rate: Option<f64>,
    /// Mean net return per trade as a fraction.
    pub return_per_trade: Option<f64>,
    /// Net profit over the starting cash, summed over folds.
    pub profit: f64,
}

/// Trades that ended in one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExitFigures {
    /// Why they were closed: `signal`, `stop`, `target`, …
    pub reason: String,
    /// How many.
    pub trades: usize,
    /// Their mean net return as a fraction.
    pub return_per_trade: f64,
}

/// One trade.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TradeFigures {
    /// The symbol.
    pub symbol: String,
    /// `long` or `short`.
    pub side: String,
    /// Date of the entry.
    pub entry: String,
    /// Bars held.
    pub bars: usize,
    /// Net return as a fraction.
    pub net_return: f64,
    /// Why it was closed.
    pub reason: String,
}

/// One condition of a rule: a part of its `and` (to enter) or of its `or` (to leave).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConditionFigures {
    /// The rule: `long.enter`, `long.exit`, `short.enter`, `short.exit`.
    pub rule: &'static str,
    /// The condition's text; the whole rule where it has one part only.
    pub condition: String,
    /// Bars at which it is true, over all in-sample bars of all symbols, in 0..=1.
    pub holds: f64,
    /// Bars at which every other part of its `and` is true and this one isn't, over all bars: what
    /// leaving it out would add. None for parts of an `or` and for a rule of one part.
    pub alone_against: Option<f64>,
}

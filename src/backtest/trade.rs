//! What a trade was: one entry to one exit of one symbol.

use serde::Serialize;

use super::costs::CostTotals;

/// Long or short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SideName {
    /// Bought first.
    Long,
    /// Sold first.
    Short,
}

impl SideName {
    /// +1 for long, -1 for short.
    pub fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }
}

/// Why a position was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// The exit condition.
    Signal,
    /// The stop loss.
    Stop,
    /// The take profit.
    Target,
    /// The trailing stop.
    Trailing,
    /// The longest holding time.
    MaxBars,
    /// The other side's entry.
    Flip,
    /// The end of the fold.
    End,
    /// The account's ruin.
    Ruin,
}

/// A closed trade. Indices count the symbol's bars from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Trade {
    /// Position of the symbol in the account.
    pub symbol: usize,
    /// Long or short.
    pub side: SideName,
    /// Bar of the entry fill.
    pub entry_index: usize,
    /// Tick of the entry fill.
    pub entry_tick: usize,
    /// Price of the entry fill, slippage and half spread included.
    pub entry_price: f64,
    /// Bar of the exit fill.
    pub exit_index: usize,
    /// Price of the exit fill, slippage and half spread included.
    pub exit_price: f64,
    /// Units, positive.
    pub units: f64,
    /// Profit net of all costs, in account currency.
    pub pnl: f64,
    /// Account equity when the entry was sized.
    pub equity_at_entry: f64,
    /// Costs of both sides and of holding.
    pub costs: CostTotals,
    /// Bars from entry to exit.
    pub bars: usize,
    /// Why it was closed.
    pub reason: ExitReason,
}

impl Trade {
    /// Net profit over the notional at entry.
    pub fn net_return(&self) -> f64 {
        self.pnl / (self.units * self.entry_price)
    }
}

/// A trade that was open when the fold ended.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenTrade {
    /// Position of the symbol in the account.
    pub symbol: usize,
    /// Long or short.
    pub side: SideName,
    /// Bar of the entry fill.
    pub entry_index: usize,
    /// Price of the entry fill.
    pub entry_price: f64,
    /// Units, positive.
    pub units: f64,
    /// Last close.
    pub mark_price: f64,
    /// Profit at the mark, net of costs so far.
    pub pnl: f64,
    /// Costs so far.
    pub costs: CostTotals,
    /// Bars held.
    pub bars: usize,
}

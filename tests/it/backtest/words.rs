//! What goes into the second engine and what comes out of it, as plain values.

use sprag::backtest::{CostTotals, ExitReason, SideName};
use sprag::market::Bars;
use sprag::program::{BacktestSettings, CostSettings};

/// What a strategy says at the close of one bar. NaN is undefined.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said {
    pub long_enter: bool,
    pub long_exit: bool,
    pub short_enter: bool,
    pub short_exit: bool,
    pub weight: f64,
    pub rank: f64,
    pub stop: Option<Distance>,
    pub target: Option<Distance>,
    pub trailing: Option<Distance>,
}

#[derive(Debug, Clone, Copy)]
pub enum Distance {
    Price(f64),
    Part(f64),
}

impl Distance {
    /// In price units from `price`.
    pub fn from(self, price: f64) -> f64 {
        match self {
            Self::Price(distance) => distance,
            Self::Part(part) => part * price,
        }
    }

    /// Neither undefined nor on the wrong side.
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Price(x) | Self::Part(x) if x > 0.0 && x.is_finite())
    }
}

pub struct World<'a> {
    pub symbols: &'a [Bars],
    /// Per symbol, per bar.
    pub said: &'a [Vec<Said>],
    pub slots: Option<usize>,
    pub max_bars: Option<usize>,
    pub settings: &'a BacktestSettings,
    pub costs: &'a CostSettings,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trade {
    pub symbol: usize,
    pub side: SideName,
    pub entry_index: usize,
    pub entry_price: f64,
    pub exit_index: usize,
    pub exit_price: f64,
    pub units: f64,
    pub pnl: f64,
    pub costs: CostTotals,
    pub equity_at_entry: f64,
    pub reason: ExitReason,
}

/// A trade without an end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Open {
    pub symbol: usize,
    pub side: SideName,
    pub entry_index: usize,
    pub entry_price: f64,
    pub units: f64,
}

#[derive(Debug, Default)]
pub struct Result {
    pub equity: Vec<f64>,
    pub trades: Vec<Trade>,
    /// Trades that are still open, in account order.
    pub open: Vec<Open>,
    /// Notional over equity at the entry, both sides.
    pub turnover: f64,
    /// Gross notional over equity, summed over closes.
    pub exposure: f64,
    pub ruined: bool,
}

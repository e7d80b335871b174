//! An open position and the levels that can end it within a bar.

use super::costs::CostTotals;
use super::signals::DistanceColumn;
use super::trade::{ExitReason, SideName};

/// How far the trailing stop hangs from the best price.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trail {
    /// In price units, fixed at the entry signal.
    Price(f64),
    /// As a fraction of the best price.
    Fraction(f64),
}

/// An open position.
#[derive(Debug, Clone)]
pub(super) struct Position {
    pub(super) side: SideName,
    pub(super) units: f64,
    pub(super) entry_price: f64,
    pub(super) entry_index: usize,
    pub(super) entry_tick: usize,
    pub(super) equity_at_entry: f64,
    pub(super) costs: CostTotals,
    /// First bar on which levels are live.
    pub(super) live_from: usize,
    pub(super) stop: Option<f64>,
    pub(super) target: Option<f64>,
    pub(super) trail: Option<Trail>,
    /// Best price of completed live bars since the fill; the fill price at first.
    pub(super) best: f64,
}

/// The prices of one bar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
}

impl Bar {
    /// The bar as a short sees it, so that one rule serves both sides.
    fn seen_from(self, sign: f64) -> Self {
        if sign > 0.0 { self } else { Self { open: -self.open, high: -self.low, low: -self.high } }
    }
}

impl Position {
    /// Notional at a price, positive.
    pub(super) fn notional(&self, price: f64) -> f64 {
        self.units * price
    }

    /// What the position is worth at a price: negative for a short, which owes the units.
    pub(super) fn value(&self, price: f64) -> f64 {
        self.side.sign() * self.units * price
    }

    /// Where and why the position ends within this bar, before costs, if it does.
    ///
    /// A bar that opens at or beyond a level fills at its open, otherwise at the level; where a stop
    /// and the target lie within one bar, the stop is taken, since the order inside a bar is unknown.
    pub(super) fn exit_within(&self, bar: Bar) -> Option<(f64, ExitReason)> {
        let sign = self.side.sign();
        // Prices of a short are mirrored: a stop is below and a target above on both sides.
        let bar = bar.seen_from(sign);
        let stop = self.stop.map(|level| (sign * level, ExitReason::Stop));
        let trail = self.trail_level().map(|level| (sign * level, ExitReason::Trailing));
        let stop = match (stop, trail) {
            (Some(stop), Some(trail)) => Some(if trail.0 > stop.0 { trail } else { stop }),
            (stop, trail) => stop.or(trail),
        };
        let target = self.target.map(|level| sign * level);
        if let Some((level, reason)) = stop.filter(|(level, _)| bar.low <= *level) {
            return Some((sign * level.min(bar.open), reason));
        }
        let level = target.filter(|level| bar.high >= *level)?;
        Some((sign * level.max(bar.open), ExitReason::Target))
    }

    fn trail_level(&self) -> Option<f64> {
        let distance = match self.trail? {
            Trail::Price(distance) => distance,
            Trail::Fraction(fraction) => self.best * fraction,
        };
        Some(self.best - self.side.sign() * distance)
    }

    /// Takes a completed bar into the best price since the fill.
    pub(super) fn complete(&mut self, bar: Bar) {
        self.best = match self.side {
            SideName::Long => self.best.max(bar.high),
            SideName::Short => self.best.min(bar.low),
        };
    }
}

/// The trailing rule of a column at the signal bar.
pub(super) fn trail_at(column: &DistanceColumn, bar: usize, price: f64) -> Option<Trail> {
    let distance = column.at(bar, price)?;
    Some(match column {
        DistanceColumn::Price(_) => Trail::Price(distance),
        DistanceColumn::Fraction(fraction) => Trail::Fraction(*fraction),
    })
}

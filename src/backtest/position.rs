//! An open position and the levels that can end it within a bar.

use std::ops::Range;

use super::costs::CostTotals;
use super::trade::{ExitReason, SideName};
use crate::market::Bars;
use crate::wide::wide;

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
    pub(super) levels: Levels,
}

/// Prices at which a position ends within a bar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Levels {
    pub(super) side: SideName,
    /// First bar on which they are live.
    pub(super) live_from: usize,
    pub(super) stop: Option<f64>,
    pub(super) target: Option<f64>,
    pub(super) trail: Option<Trail>,
    /// Best price of completed live bars since the fill; the fill price at first.
    pub(super) best: f64,
}

/// The prices of one bar.
#[derive(Debug, Clone, Copy)]
struct Bar {
    open: f64,
    high: f64,
    low: f64,
}

impl Bar {
    /// The bar as a side sees it: a short sees prices mirrored, so that one rule serves both sides.
    fn seen_from(side: SideName, bars: &Bars, bar: usize) -> Self {
        let (open, high, low) = (bars.open[bar], bars.high[bar], bars.low[bar]);
        match side {
            SideName::Long => Self { open, high, low },
            SideName::Short => Self { open: -open, high: -low, low: -high },
        }
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

    /// The bar at whose close a position of at most `most` bars is told to end.
    pub(super) fn last_decision(&self, most: usize) -> usize {
        (self.entry_index + most).saturating_sub(1)
    }
}

impl Levels {
    /// Where and why the position ends within this bar, before costs, if it does.
    ///
    /// A bar that opens at or beyond a level fills at its open, otherwise at the level; where a stop
    /// and the target lie within one bar, the stop is taken, since the order inside a bar is unknown.
    pub(super) fn hit(&self, bars: &Bars, bar: usize) -> Option<(f64, ExitReason)> {
        if bar < self.live_from {
            return None;
        }
        let sign = self.side.sign();
        let bar = Bar::seen_from(self.side, bars, bar);
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

    /// The first of these bars on which a level is [hit](Self::hit).
    pub(super) fn first_hit(mut self, bars: &Bars, range: Range<usize>) -> Option<usize> {
        let mut range = range.start.max(self.live_from)..range.end;
        if self.trail.is_some() {
            return range.find(|bar| {
                let hit = self.hit(bars, *bar).is_some();
                self.pass(bars, *bar..*bar + 1);
                hit
            });
        }
        let (below, above) = match self.side {
            SideName::Long => (self.stop, self.target),
            SideName::Short => (self.target, self.stop),
        };
        below.or(above)?;
        let (below, above) = (below.unwrap_or(f64::NEG_INFINITY), above.unwrap_or(f64::INFINITY));
        first_outside(bars, range, below, above)
    }

    fn trail_level(&self) -> Option<f64> {
        let distance = match self.trail? {
            Trail::Price(distance) => distance,
            Trail::Fraction(fraction) => self.best * fraction,
        };
        Some(self.best - self.side.sign() * distance)
    }

    /// Takes completed bars into the best price since the fill.
    pub(super) fn pass(&mut self, bars: &Bars, range: Range<usize>) {
        if self.trail.is_none() || range.end <= self.live_from {
            return;
        }
        let live = range.start.max(self.live_from)..range.end;
        self.best = match self.side {
            SideName::Long => bars.high[live].iter().copied().fold(self.best, f64::max),
            SideName::Short => bars.low[live].iter().copied().fold(self.best, f64::min),
        };
    }
}

/// The first bar that reaches down to one price or up to another.
fn first_outside(bars: &Bars, range: Range<usize>, below: f64, above: f64) -> Option<usize> {
    /// Bars that are looked at together, by vector instructions.
    const CHUNK: usize = 64;
    let reaches = |(low, high): (&f64, &f64)| *low <= below || *high >= above;
    let mut start = range.start;
    while start < range.end {
        let chunk = start..range.end.min(start + CHUNK);
        let (low, high) = (&bars.low[chunk.clone()], &bars.high[chunk.clone()]);
        if wide!({ low.iter().zip(high).fold(false, |found, bar| found | reaches(bar)) }) {
            let at = low.iter().zip(high).position(reaches);
            return at.map(|at| start + at);
        }
        start = chunk.end;
    }
    None
}

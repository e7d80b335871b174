//! Several symbols on the union of their bars.

use super::{Bars, TimeMs};

/// A symbol without a bar at a tick.
pub const NO_BAR: u32 = u32::MAX;

/// The universe of one account: symbols in account order on one timeline.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Market {
    symbols: Vec<Bars>,
    timeline: Vec<TimeMs>,
    /// Per symbol, per tick of the timeline: the symbol's bar index or [`NO_BAR`].
    bar_at: Vec<Vec<u32>>,
    hash: String,
}

impl Market {
    /// Joins symbols on the union of their times. `hash` identifies the content (see the loader).
    pub fn new(symbols: Vec<Bars>, hash: String) -> Self {
        let mut timeline: Vec<TimeMs> = Vec::new();
        for bars in &symbols {
            timeline = merge(&timeline, &bars.time);
        }
        let bar_at = symbols.iter().map(|bars| positions(&timeline, &bars.time)).collect();
        Self { symbols, timeline, bar_at, hash }
    }

    /// Symbols in account order.
    pub fn symbols(&self) -> &[Bars] {
        &self.symbols
    }

    /// The union of all symbols' bar times, rising.
    pub fn timeline(&self) -> &[TimeMs] {
        &self.timeline
    }

    /// Per tick of the timeline, the bar index of symbol `s`, or [`NO_BAR`].
    pub fn bar_at(&self, s: usize) -> &[u32] {
        &self.bar_at[s]
    }

    /// Hash of the content of all symbols, in account order.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Bars per year: 252 for daily bars (median step of 16 hours to 4 days), 52 weekly, 12 monthly;
    /// for intraday bars, bars per calendar day seen times 252 or, where the market trades on
    /// weekends, 365.
    pub fn bars_per_year(&self) -> f64 {
        super::calendar::bars_per_year(&self.timeline)
    }
}

fn merge(a: &[TimeMs], b: &[TimeMs]) -> Vec<TimeMs> {
    if a.is_empty() || a == b {
        return b.to_vec();
    }
    let mut out = Vec::with_capacity(a.len().max(b.len()));
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let next = match (a.get(i), b.get(j)) {
            (Some(&x), Some(&y)) => x.min(y),
            (Some(&x), None) => x,
            (None, Some(&y)) => y,
            (None, None) => break,
        };
        i += usize::from(a.get(i) == Some(&next));
        j += usize::from(b.get(j) == Some(&next));
        out.push(next);
    }
    out
}

fn positions(timeline: &[TimeMs], time: &[TimeMs]) -> Vec<u32> {
    let mut bar = 0;
    timeline
        .iter()
        .map(|tick| {
            if time.get(bar) == Some(tick) {
                bar += 1;
                (bar - 1) as u32
            } else {
                NO_BAR
            }
        })
        .collect()
}

//! Several symbols on the union of their bars.

use sha2::{Digest, Sha256};

use super::{Bars, TimeMs, bars::hex};

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
    /// Joins symbols, in account order, on the union of their times.
    pub fn new(symbols: Vec<Bars>) -> Self {
        let hashes: Vec<String> = symbols.iter().map(Bars::content_hash).collect();
        Self::hashed(symbols, &hashes)
    }

    /// Likewise with the [content hashes](Bars::content_hash) of the symbols, where they are known.
    pub fn hashed(symbols: Vec<Bars>, hashes: &[String]) -> Self {
        let mut timeline: Vec<TimeMs> = Vec::new();
        for bars in &symbols {
            timeline = merge(&timeline, &bars.time);
        }
        let bar_at = symbols.iter().map(|bars| positions(&timeline, &bars.time)).collect();
        let hash = hash_of(hashes);
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

    /// SHA-256 over the symbols' content hashes (which cover their names) in account order, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Bars per year of the timeline, see [`bars_per_year`](super::calendar::bars_per_year).
    pub fn bars_per_year(&self) -> f64 {
        super::calendar::bars_per_year(&self.timeline)
    }
}

/// The order counts: it decides who gets a slot first.
fn hash_of(hashes: &[String]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"sprag market 1\n");
    for symbol in hashes {
        // A content hash covers the symbol's name and has a fixed length.
        hash.update(symbol.as_bytes());
    }
    hex(&hash.finalize())
}

/// The union of two rising timelines.
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

/// Per tick, the index of the bar with that time. A file is too small to hold [`NO_BAR`] bars.
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

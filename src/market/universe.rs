//! Several symbols on the union of their bars.

use std::borrow::Cow;
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::{Bars, TimeMs, bars::hex};

/// The universe of one account: symbols in account order on one timeline, and beside them what strategies
/// may read but the account doesn't trade.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Market {
    symbols: Vec<Bars>,
    context: Vec<Bars>,
    /// The union of all times; none where the first symbol has a bar at each of them.
    union: Option<Vec<TimeMs>>,
    placements: Vec<Placement>,
    bars_per_year: f64,
    hash: String,
}

impl Market {
    /// Joins symbols, in account order, on the union of their times.
    pub fn new(symbols: Vec<Bars>) -> Self {
        Self::with_context(symbols, Vec::new())
    }

    /// The same with symbols that are read and not traded. They add no tick, and their order means nothing.
    pub fn with_context(symbols: Vec<Bars>, context: Vec<Bars>) -> Self {
        let hashed = |all: Vec<Bars>| {
            let with_hash = |bars: Bars| {
                let hash = bars.content_hash();
                (bars, hash)
            };
            all.into_iter().map(with_hash).collect()
        };
        Self::hashed(hashed(symbols), hashed(context))
    }

    /// The same where the [content hash](Bars::content_hash) of each symbol is known.
    pub fn hashed(symbols: Vec<(Bars, String)>, mut context: Vec<(Bars, String)>) -> Self {
        context.sort_by(|(a, _), (b, _)| a.symbol.cmp(&b.symbol));
        let (symbols, hashes): (Vec<Bars>, Vec<String>) = symbols.into_iter().unzip();
        let (context, context_hashes): (Vec<Bars>, Vec<String>) = context.into_iter().unzip();
        let mut timeline: Cow<'_, [TimeMs]> = Cow::default();
        for bars in &symbols {
            timeline = merge(timeline, &bars.time);
        }
        let placements = symbols.iter().map(|bars| Placement::of(&timeline, &bars.time)).collect();
        let bars_per_year = super::calendar::bars_per_year(&timeline);
        let first = symbols.first().map_or(0, Bars::len);
        let union = (timeline.len() > first).then(|| timeline.into_owned());
        let hash = hash_of(&hashes, &context_hashes);
        Self { symbols, context, union, placements, bars_per_year, hash }
    }

    /// Symbols in account order.
    pub fn symbols(&self) -> &[Bars] {
        &self.symbols
    }

    /// Symbols that are read and not traded, by name.
    pub fn context(&self) -> &[Bars] {
        &self.context
    }

    /// The union of all traded symbols' bar times, rising.
    pub fn timeline(&self) -> &[TimeMs] {
        match (&self.union, self.symbols.first()) {
            (Some(union), _) => union,
            (None, Some(first)) => &first.time,
            (None, None) => &[],
        }
    }

    /// Where the bars of symbol `s` lie on the timeline.
    pub fn placement(&self, s: usize) -> &Placement {
        &self.placements[s]
    }

    /// SHA-256 over the symbols' content hashes (which cover their names) in account order, then those of
    /// the context, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Bars per year of the timeline, see [`bars_per_year`](super::calendar::bars_per_year).
    pub fn bars_per_year(&self) -> f64 {
        self.bars_per_year
    }
}

/// Where a symbol's bars lie on the timeline of its market.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// The symbol has a bar at each tick: bar i is at tick i.
    Everywhere,
    /// Per tick, and after the last one, the number of the symbol's bars before it. A file is too small
    /// to hold more of them than a `u32` counts.
    Before(Vec<u32>),
}

impl Placement {
    fn of(timeline: &[TimeMs], time: &[TimeMs]) -> Self {
        if timeline.len() == time.len() {
            return Self::Everywhere;
        }
        let mut bars = 0;
        let mut before = Vec::with_capacity(timeline.len() + 1);
        before.push(0);
        for tick in timeline {
            bars += usize::from(time.get(bars) == Some(tick));
            before.push(bars as u32);
        }
        Self::Before(before)
    }

    /// The symbol's bar at a tick.
    #[inline]
    pub fn bar_at(&self, tick: usize) -> Option<usize> {
        match self {
            Self::Everywhere => Some(tick),
            Self::Before(before) => {
                (before[tick] < before[tick + 1]).then_some(before[tick] as usize)
            }
        }
    }

    /// The symbol's bars at a range of ticks.
    #[inline]
    pub fn bars_within(&self, ticks: Range<usize>) -> Range<usize> {
        match self {
            Self::Everywhere => ticks,
            Self::Before(before) => before[ticks.start] as usize..before[ticks.end] as usize,
        }
    }

    /// The tick of one of the symbol's bars.
    #[inline]
    pub fn tick_of(&self, bar: usize) -> usize {
        match self {
            Self::Everywhere => bar,
            // The last tick that has no more than `bar` bars before it.
            Self::Before(before) => before.partition_point(|bars| *bars as usize <= bar) - 1,
        }
    }
}

/// The order counts: it decides who gets a slot first.
fn hash_of(symbols: &[String], context: &[String]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"sprag market 1\n");
    for symbol in symbols {
        // A content hash covers the symbol's name and has a fixed length.
        hash.update(symbol.as_bytes());
    }
    for symbol in context {
        hash.update(b"context");
        hash.update(symbol.as_bytes());
    }
    hex(&hash.finalize())
}

/// The union of two rising timelines; nothing is copied where one of them holds the other.
#[expect(clippy::needless_pass_by_value, reason = "the union takes its place")]
pub(super) fn merge<'a>(a: Cow<'a, [TimeMs]>, b: &'a [TimeMs]) -> Cow<'a, [TimeMs]> {
    if a.is_empty() || *a == *b {
        return Cow::Borrowed(b);
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
    Cow::Owned(out)
}

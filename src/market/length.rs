//! How long a symbol's bars last, as their labels show.
//!
//! A file doesn't say when its bars end. The distances between its first labels do: they are a property
//! of the feed, settled by its first few hundred bars, and nothing later changes them. A value is never
//! taken from a bar that may not have ended: where another symbol's length is needed the *usual* distance
//! counts, where our own is needed the *shortest*.

use std::collections::BTreeMap;

use super::{TimeMs, time::DAY};

/// Distances between neighbouring labels that are looked at.
pub const LENGTH_SAMPLE: usize = 256;
/// Of fewer distances none is common: the shortest has to do.
const FEW: usize = 20;
/// How common a distance must be, as a part of the most common one. Bars that are left out make some
/// distances twice as long, which leaves the single ones common; a short bar at a session's ends is rare.
const COMMON: f64 = 0.75;

const HOUR: i64 = DAY / 24;
/// Ranges of distances that are one period of the calendar, and the longest that this period lasts.
const CALENDAR: [(i64, i64, i64); 5] = [
    // Labels at a zone's midnight are 23 or 25 hours apart when its clocks change.
    (16 * HOUR, 26 * HOUR, DAY),
    // A week's label moves when its first day is a holiday.
    (5 * DAY, 8 * DAY, 7 * DAY),
    (27 * DAY, 31 * DAY, 31 * DAY),
    (89 * DAY, 92 * DAY, 92 * DAY),
    (360 * DAY, 366 * DAY, 366 * DAY),
];

/// How long the bars of one symbol last, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarLength {
    shortest: i64,
    usual: i64,
}

impl BarLength {
    /// Read off the first [`LENGTH_SAMPLE`] distances of rising labels. The usual length is the shortest
    /// distance that is common (of very few distances: the shortest), and a whole day, week, month (31
    /// days), quarter (92) or year (366) where it is about that. A single bar, or none, counts as daily.
    pub fn of(labels: &[TimeMs]) -> Self {
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for pair in labels.windows(2).take(LENGTH_SAMPLE) {
            *counts.entry(pair[1].saturating_sub(pair[0])).or_default() += 1;
        }
        let shortest = counts.keys().next().copied().unwrap_or(DAY);
        let most = counts.values().max().copied().unwrap_or_default();
        let is_common = |count: usize| labels.len() <= FEW || count as f64 >= COMMON * most as f64;
        let common = counts.into_iter().find(|(_, count)| is_common(*count));
        let common = common.map_or(DAY, |(distance, _)| distance);
        let period = CALENDAR.iter().find(|(from, to, _)| (*from..=*to).contains(&common));
        Self { shortest, usual: period.map_or(common, |(_, _, length)| *length) }
    }

    /// What a bar lasts as a rule.
    pub fn usual(self) -> i64 {
        self.usual
    }

    /// The earliest time at which a bar with this label may have ended.
    pub fn earliest_end(self, label: TimeMs) -> TimeMs {
        label.saturating_add(self.shortest)
    }

    /// The time at which a bar with this label has surely ended.
    pub fn latest_end(self, label: TimeMs) -> TimeMs {
        label.saturating_add(self.usual)
    }
}

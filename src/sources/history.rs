//! Whether bars that are there were changed by their source.
//!
//! New bars at either end are what fetching is for. A bar that is gone or has other values is a changed
//! past: scores from before can't be compared with those after, and a person should know.

use std::cmp::Ordering;

use crate::market::{Bars, TimeMs, time::format_short};

/// How the bars that were fetched differ from those that are there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Difference {
    /// Bars that weren't there.
    pub added: usize,
    /// Bars that are no longer there.
    pub removed: usize,
    /// Bars with other values.
    pub changed: usize,
    /// The first bar that was removed or changed, in words.
    pub first: Option<String>,
}

impl Difference {
    /// Compares two histories of one symbol.
    pub fn between(old: &Bars, new: &Bars) -> Self {
        let mut difference = Self::default();
        let (mut i, mut j) = (0, 0);
        while i < old.len() || j < new.len() {
            let order = match (old.time.get(i), new.time.get(j)) {
                (Some(a), Some(b)) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                _ => Ordering::Greater,
            };
            match order {
                Ordering::Less => {
                    difference.removed += 1;
                    difference.note(old.time[i], || "is gone".into());
                }
                Ordering::Greater => difference.added += 1,
                Ordering::Equal => {
                    if let Some(what) = change(old, i, new, j) {
                        difference.changed += 1;
                        difference.note(old.time[i], || what);
                    }
                }
            }
            i += usize::from(order != Ordering::Greater);
            j += usize::from(order != Ordering::Less);
        }
        difference
    }

    fn note(&mut self, time: TimeMs, what: impl FnOnce() -> String) {
        if self.first.is_none() {
            self.first = Some(format!("{} {}", format_short(time), what()));
        }
    }

    /// Whether the past is another than it was.
    pub fn rewrites(&self) -> bool {
        self.removed + self.changed > 0
    }
}

/// The first value that differs between two bars.
fn change(old: &Bars, i: usize, new: &Bars, j: usize) -> Option<String> {
    let columns = [
        ("open", &old.open, &new.open),
        ("high", &old.high, &new.high),
        ("low", &old.low, &new.low),
        ("close", &old.close, &new.close),
        ("volume", &old.volume, &new.volume),
    ];
    let funding = match (&old.funding, &new.funding) {
        (Some(old), Some(new)) => Some(("funding", old, new)),
        _ => None,
    };
    columns.into_iter().chain(funding).find_map(|(name, old, new)| {
        let (before, after) = (old[i], new[j]);
        // To the last digit: bars were checked, so neither is NaN.
        (before.to_bits() != after.to_bits())
            .then(|| format!("had {name} {before} and has {after}"))
    })
}

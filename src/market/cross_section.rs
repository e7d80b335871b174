//! Which bars of several series stand side by side, so that their values can be compared.

use std::borrow::Cow;

use super::universe::merge;
use super::{Series, TimeMs};

/// Groups of bars with the same label and the same end, in the order of time; within a group in the order
/// of the series.
#[derive(Debug, Clone, Default)]
pub struct CrossSections {
    /// Series and bar of each member, group after group.
    members: Vec<(u32, u32)>,
    /// Where each group ends in `members`.
    ends: Vec<usize>,
}

impl CrossSections {
    /// Compares the series with each other. A bar of another length is not side by side with one of the
    /// same label: it isn't known at the same time.
    pub fn of(series: &[Series<'_>]) -> Self {
        let mut labels: Cow<'_, [TimeMs]> = Cow::default();
        for one in series {
            labels = merge(labels, &one.bars().time);
        }
        let mut next = vec![0_usize; series.len()];
        let mut sections = Self::default();
        let mut tick: Vec<(i64, u32, u32)> = Vec::with_capacity(series.len());
        for label in labels.iter() {
            tick.clear();
            for (s, (one, bar)) in series.iter().zip(&mut next).enumerate() {
                if one.bars().time.get(*bar) == Some(label) {
                    tick.push((one.latest_end(*bar), s as u32, *bar as u32));
                    *bar += 1;
                }
            }
            // Stable, so that the order of the series stays.
            tick.sort_by_key(|(end, ..)| *end);
            for group in tick.chunk_by(|a, b| a.0 == b.0) {
                sections.members.extend(group.iter().map(|(_, s, bar)| (*s, *bar)));
                sections.ends.push(sections.members.len());
            }
        }
        sections
    }

    /// The groups: series and bar of each member.
    pub fn groups(&self) -> impl Iterator<Item = &[(u32, u32)]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.members[start..*end])
    }
}

//! The market's time zone: what clock times in a file mean, and what clocks show at a bar.
//!
//! [`Zone`] is asked while a file is read; a [`Clock`] is what of it the bars keep. The time zone
//! database is the one that is compiled in, so that two machines never disagree.

use std::borrow::Cow;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::{self, AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};

use super::{TimeMs, time::DAY};
use crate::nearest::nearest;

/// No period within a day lasts longer, and no bar that has a time of day.
const LONGEST_PERIOD: TimeMs = DAY;
const LONGEST_BAR: TimeMs = 7 * DAY;

/// A time zone of the IANA database.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

impl Default for Zone {
    fn default() -> Self {
        Self { name: "UTC".into(), rules: TimeZone::UTC }
    }
}

impl Zone {
    /// The zone of this name, in the database's spelling.
    pub fn named(name: &str) -> Option<Self> {
        let is_known = tz::db().available().any(|known| known.as_str() == name);
        let rules = TimeZone::get(name).ok().filter(|_| is_known)?;
        Some(Self { name: name.into(), rules })
    }

    /// The zone whose name is nearest to one that isn't known.
    pub fn nearest(name: &str) -> Option<String> {
        let known: Vec<_> = tz::db().available().collect();
        let names = || known.iter().map(tz::TimeZoneName::as_str);
        names()
            .find(|known| known.eq_ignore_ascii_case(name))
            .or_else(|| nearest(name, names()))
            .map(str::to_owned)
    }

    /// Its name, such as `America/New_York`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether clocks show UTC at all times.
    pub fn is_utc(&self) -> bool {
        self.rules == TimeZone::UTC
    }

    /// Feeds the rules of the zone, as far as data of our time depends on them, to a hash.
    pub(super) fn digest(&self, mut feed: impl FnMut(&[u8])) {
        const FROM_1900: TimeMs = -2_208_988_800_000;
        const TO_2100: TimeMs = 4_102_444_800_000;
        Clock::of(self, FROM_1900, TO_2100).hash_input().for_each(|bytes| feed(&bytes));
    }

    /// Milliseconds that clocks are ahead of UTC at a time.
    fn offset_at(&self, time: TimeMs) -> i64 {
        Timestamp::from_millisecond(time).map_or(0, |time| ms(self.rules.to_offset(time)))
    }

    /// Whether a day begins at this time: clocks show another date just before it. That is midnight, or the
    /// first time after it where clocks skip midnight.
    pub(super) fn starts_day(&self, time: TimeMs) -> bool {
        self.date(time) > self.date(time - 1)
    }

    /// Midnight UTC of the date that clocks show at a time.
    pub(super) fn date(&self, time: TimeMs) -> TimeMs {
        (time + self.offset_at(time)).div_euclid(DAY) * DAY
    }

    /// The times around `time` at which its offset begins and ends, with the offsets before and after.
    fn stretch(&self, time: TimeMs) -> Stretch {
        let mut stretch =
            Stretch { times: TimeMs::MIN..TimeMs::MAX, before: None, offset: self.offset_at(time) };
        // A change at the very time counts as before it.
        if let Ok(next) = Timestamp::from_millisecond(time.saturating_add(1))
            && let Some(change) = self.rules.preceding(next).next()
        {
            stretch.times.start = change.timestamp().as_millisecond();
            stretch.before = Some(self.offset_at(stretch.times.start - 1));
        }
        if let Ok(time) = Timestamp::from_millisecond(time)
            && let Some(change) = self.rules.following(time).next()
        {
            stretch.times.end = change.timestamp().as_millisecond();
        }
        stretch
    }
}

/// A stretch of time with one offset.
struct Stretch {
    times: Range<TimeMs>,
    /// The offset before it, if there was another.
    before: Option<i64>,
    offset: i64,
}

fn ms(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * 1_000
}

/// What a clock time stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Once(TimeMs),
    /// Clocks went back and showed it twice.
    Twice(TimeMs, TimeMs),
    /// Clocks went forward over it, at this time.
    Never(TimeMs),
}

/// Turns clock times into times; quick for those near the last one.
#[derive(Debug, Default)]
pub(super) struct ClockReader {
    zone: Zone,
    /// Clock times that have this offset and no other.
    known: Option<(Range<i64>, i64)>,
}

impl ClockReader {
    pub fn new(zone: &Zone) -> Self {
        Self { zone: zone.clone(), known: None }
    }

    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The moment at which clocks show `clock`, milliseconds since 1970 as if they showed UTC.
    #[inline]
    pub fn read(&mut self, clock: i64) -> Moment {
        match &self.known {
            Some((clocks, offset)) if clocks.contains(&clock) => Moment::Once(clock - offset),
            _ => self.look_up(clock),
        }
    }

    #[cold]
    fn look_up(&mut self, clock: i64) -> Moment {
        let Ok(shown) = Timestamp::from_millisecond(clock) else { return Moment::Once(clock) };
        let shown = Offset::UTC.to_datetime(shown);
        match self.zone.rules.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                let time = clock - ms(offset);
                self.known = Some((self.unambiguous(&self.zone.stretch(time)), ms(offset)));
                Moment::Once(time)
            }
            AmbiguousOffset::Gap { before, .. } => {
                Moment::Never(self.zone.stretch(clock - ms(before)).times.start)
            }
            AmbiguousOffset::Fold { before, after } => {
                Moment::Twice(clock - ms(before), clock - ms(after))
            }
        }
    }

    /// The clock times that belong to this stretch alone.
    fn unambiguous(&self, stretch: &Stretch) -> Range<i64> {
        let Stretch { times, before, offset } = stretch;
        // Where clocks go back, both sides show the same times for a while.
        let start = times.start.saturating_add(before.map_or(*offset, |b| b.max(*offset)));
        let end = match times.end {
            TimeMs::MAX => TimeMs::MAX,
            end => end.saturating_add(self.zone.offset_at(end).min(*offset)),
        };
        start..end
    }
}

/// What clocks of the market show at the bars: by how much they are ahead of UTC, and from when on.
/// The default is UTC at all times.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Clock {
    /// Rising times, each with the offset in ms that holds from then on; the first also before.
    offsets: Vec<(TimeMs, i64)>,
}

impl Clock {
    /// The part of a zone's rules that matters to bars with labels between these two: to the periods that
    /// the first is part of and to the end of the last, too.
    pub fn of(zone: &Zone, first: TimeMs, last: TimeMs) -> Self {
        if zone.is_utc() {
            return Self::default();
        }
        let (first, last) =
            (first.saturating_sub(LONGEST_PERIOD), last.saturating_add(LONGEST_BAR));
        let mut stretch = zone.stretch(first);
        let mut offsets = vec![(first, stretch.offset)];
        while stretch.times.end <= last {
            stretch = zone.stretch(stretch.times.end);
            if offsets.last().is_none_or(|(_, offset)| *offset != stretch.offset) {
                offsets.push((stretch.times.start, stretch.offset));
            }
        }
        match offsets.as_slice() {
            // At UTC all the time, as London in winter.
            [(_, 0)] => Self::default(),
            _ => Self { offsets },
        }
    }

    /// Whether clocks show UTC at all times.
    pub fn is_utc(&self) -> bool {
        self.offsets.is_empty()
    }

    /// What clocks show at each of rising times, as milliseconds since 1970 would at UTC.
    pub fn shown<'a>(&self, times: &'a [TimeMs]) -> Cow<'a, [TimeMs]> {
        if self.is_utc() {
            return Cow::Borrowed(times);
        }
        let mut shown = Vec::with_capacity(times.len());
        self.each(times, |time| shown.push(time));
        Cow::Owned(shown)
    }

    /// The moment at which a period began whose bar is labelled `by`, and in which clocks show `start` or
    /// later: the first one if they skipped `start`, the last one before `by` if they showed it twice.
    pub(super) fn began(&self, start: TimeMs, by: TimeMs) -> TimeMs {
        let known = self.offsets.partition_point(|(from, _)| *from <= by).max(1);
        let mut later = None;
        for (from, offset) in self.offsets.iter().take(known).rev() {
            let moment = start.saturating_sub(*offset);
            match later {
                Some(later) if moment >= later => return later,
                _ if moment >= *from => return moment,
                _ => later = Some(*from),
            }
        }
        // Before the first known change nothing changed.
        start.saturating_sub(self.offsets.first().map_or(0, |(_, offset)| *offset))
    }

    /// Likewise as floats into `out`, which is as long.
    pub fn write_shown(&self, times: &[TimeMs], out: &mut [f64]) {
        let mut out = out.iter_mut();
        self.each(times, |time| {
            if let Some(out) = out.next() {
                *out = time as f64;
            }
        });
    }

    fn each(&self, times: &[TimeMs], mut take: impl FnMut(TimeMs)) {
        let first = times.first().copied().unwrap_or_default();
        let mut next = self.offsets.partition_point(|(from, _)| *from <= first);
        let offset_before = |next: usize| {
            let at = next.saturating_sub(1);
            self.offsets.get(at).map_or(0, |(_, offset)| *offset)
        };
        let mut offset = offset_before(next);
        for time in times {
            while self.offsets.get(next).is_some_and(|(from, _)| from <= time) {
                next += 1;
                offset = offset_before(next);
            }
            take(time + offset);
        }
    }

    /// As bytes for a content hash.
    pub(super) fn hash_input(&self) -> impl Iterator<Item = [u8; 8]> {
        self.offsets.iter().flat_map(|(from, offset)| [from.to_le_bytes(), offset.to_le_bytes()])
    }
}

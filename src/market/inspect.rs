//! A second look at bars that passed the rules: what is legal but looks wrong.
//!
//! Each kind of warning lists a few cases and counts the rest: real files have thousands of flat bars.

use super::{
    Bars,
    calendar::Calendar,
    finding::{FileCheck, Finding, Kind},
    time::{format_duration, format_short},
};

/// Fewest bars of a file that isn't called short: about a year of daily bars.
pub const SHORT_HISTORY_BARS: usize = 250;
/// Most warnings of one kind that are listed one by one.
pub const MAX_LISTED: usize = 5;

/// Splits as exchanges announce them, new shares for old; reverse splits are the other way round.
const SPLITS: [(u32, u32); 14] = [
    (3, 2),
    (2, 1),
    (3, 1),
    (4, 1),
    (5, 1),
    (6, 1),
    (7, 1),
    (8, 1),
    (10, 1),
    (15, 1),
    (20, 1),
    (25, 1),
    (50, 1),
    (100, 1),
];
/// How far an overnight move may carry the ratio from the split's, as a fraction.
const SPLIT_TOLERANCE: f64 = 0.04;
/// Bars before and after the jump whose closes must keep to the old and the new level.
const SPLIT_STAYS_BARS: usize = 3;

/// Lines of bars, kept as runs of consecutive lines: `(first bar, its line)`.
#[derive(Debug, Default)]
pub(super) struct Lines {
    runs: Vec<(usize, u64)>,
    next: u64,
}

impl Lines {
    /// Bar `bar`, the next one, stands on `line`.
    #[inline]
    pub fn push(&mut self, bar: usize, line: u64) {
        if line != self.next {
            self.runs.push((bar, line));
        }
        self.next = line + 1;
    }

    /// The line of a bar.
    fn of(&self, bar: usize) -> u64 {
        let run = self.runs.partition_point(|(first, _)| *first <= bar).saturating_sub(1);
        self.runs.get(run).map_or(0, |(first, line)| line + (bar - first) as u64)
    }
}

/// Adds what the bars themselves give: all warnings, and the number of gaps.
pub(super) fn inspect(bars: &Bars, lines: &Lines, has_volume: bool, check: &mut FileCheck) {
    let (gaps, listed) = gaps(bars, lines);
    check.gaps = gaps;
    let findings = &mut check.warnings;
    findings.extend(listed);
    findings.extend(split_like_jumps(bars, lines));
    findings.extend(flat_bars(bars, lines));
    if has_volume {
        findings.extend(zero_volume(bars, lines));
    }
    if bars.len() < SHORT_HISTORY_BARS {
        let message = format!(
            "{} bars; with fewer than {SHORT_HISTORY_BARS} little can be told from chance",
            bars.len()
        );
        findings.push(Finding::whole(Kind::ShortHistory, message));
    }
}

/// How many gaps there are, and the first of them.
fn gaps(bars: &Bars, lines: &Lines) -> (usize, Vec<Finding>) {
    let shown = bars.clock.shown(&bars.time);
    let Some(calendar) = Calendar::of(&bars.time, &shown) else { return (0, Vec::new()) };
    let mut listed = Vec::new();
    let mut found = 0_usize;
    let mut longest = 0;
    for (i, (pair, shown)) in bars.time.windows(2).zip(shown.windows(2)).enumerate() {
        if calendar.is_usual([pair[0], pair[1]], [shown[0], shown[1]]) {
            continue;
        }
        found += 1;
        longest = longest.max(pair[1] - pair[0]);
        if listed.len() < MAX_LISTED {
            let message = format!(
                "no bar for {} from {} to {} (usual here: {})",
                format_duration(pair[1] - pair[0]),
                format_short(pair[0]),
                format_short(pair[1]),
                calendar.describe()
            );
            listed.push(Finding::at(lines.of(i + 1), Kind::GapBeyondCalendar, message));
        }
    }
    if found > listed.len() {
        let message = format!("{found} gaps in all; the longest is {}", format_duration(longest));
        listed.push(Finding::whole(Kind::GapBeyondCalendar, message));
    }
    (found, listed)
}

fn split_like_jumps(bars: &Bars, lines: &Lines) -> Vec<Finding> {
    let mut listed = Vec::new();
    let mut found = 0_usize;
    for i in 1..bars.len() {
        let (before, open) = (bars.close[i - 1], bars.open[i]);
        // Cheap and true of nearly every bar.
        if open < 1.4 * before && before < 1.4 * open {
            continue;
        }
        let Some(ratio) = split_ratio(before, open).filter(|_| stays(bars, i)) else { continue };
        found += 1;
        if listed.len() < MAX_LISTED {
            let message = format!(
                "from a close of {before} to an open of {open} is nearly {ratio}: looks like a split; if it \
                 is one, adjust the prices before it"
            );
            listed.push(Finding::at(lines.of(i), Kind::SplitLikeJump, message));
        }
    }
    if found > listed.len() {
        let message = format!("{found} such jumps in all");
        listed.push(Finding::whole(Kind::SplitLikeJump, message));
    }
    listed
}

/// `2:1` or `1:2`, if two prices are that far apart.
fn split_ratio(before: f64, after: f64) -> Option<String> {
    let ratio = (before / after).max(after / before);
    let (many, few) = SPLITS.into_iter().find(|(many, few)| {
        (ratio * f64::from(*few) / f64::from(*many) - 1.0).abs() < SPLIT_TOLERANCE
    })?;
    Some(if before > after { format!("{many}:{few}") } else { format!("{few}:{many}") })
}

/// Whether the closes on either side of bar `i`'s open keep to their side of the jump's geometric middle. A
/// bad tick or a panic that comes back doesn't, and neither does its way back.
fn stays(bars: &Bars, i: usize) -> bool {
    let (before, open) = (bars.close[i - 1], bars.open[i]);
    let middle = before.sqrt() * open.sqrt();
    let is_new = |close: &f64| (*close < middle) == (open < before);
    let old = &bars.close[i.saturating_sub(SPLIT_STAYS_BARS)..i];
    let new = &bars.close[i..bars.len().min(i + SPLIT_STAYS_BARS)];
    new.iter().all(is_new) && !old.iter().any(is_new)
}

fn flat_bars(bars: &Bars, lines: &Lines) -> Option<Finding> {
    #[expect(clippy::float_cmp, reason = "flat means equal to the last digit")]
    let is_flat = |i: usize| bars.high[i] == bars.low[i];
    summary(bars, lines, Kind::FlatBars, is_flat, "have open = high = low = close")
}

/// Silent where no bar has any volume: that is how some markets report it.
fn zero_volume(bars: &Bars, lines: &Lines) -> Option<Finding> {
    let has_none = |i: usize| bars.volume[i] <= 0.0;
    if bars.volume.iter().all(|volume| *volume <= 0.0) {
        return None;
    }
    summary(bars, lines, Kind::ZeroVolume, has_none, "have no volume")
}

/// One warning for all bars of which something is true, at the first of them.
fn summary(
    bars: &Bars,
    lines: &Lines,
    kind: Kind,
    is_case: impl Fn(usize) -> bool,
    what: &str,
) -> Option<Finding> {
    let mut cases = (0..bars.len()).filter(|i| is_case(*i));
    let first = cases.next()?;
    let count = 1 + cases.count();
    let message = format!(
        "{count} of {} bars {what}, the first at {}",
        bars.len(),
        format_short(bars.time[first])
    );
    Some(Finding::at(lines.of(first), kind, message))
}

//! What the spacing of bars says about the calendar: bars per year, and which gaps are usual.
//!
//! There is no table of holidays: a file's own regularities are the calendar.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    TimeMs,
    time::format_duration,
    time::{DAY, civil_of_day},
};

const HOUR: i64 = 3_600_000;
/// Steps from here to [`DAILY_TO`] are daily bars (16 hours leaves room for daylight saving).
const DAILY_FROM: i64 = 16 * HOUR;
const DAILY_TO: i64 = 4 * DAY;
/// A weekend with a holiday on either side of it: usual in any market that closes on weekends.
const LONG_WEEKEND_DAYS: i64 = 4;
/// A longer daily gap is a custom (Golden Week, Easter) once it came in this many different years, and
/// in half of all years.
const CUSTOM_YEARS: usize = 3;

/// Bars per year of a timeline, for annualisation: 252 for daily bars, 365 if they cover weekends; 52 weekly;
/// 12 monthly; 4 quarterly; intraday, the mean bars per day with bars times 252, or times 365 if they cover
/// weekends.
pub fn bars_per_year(timeline: &[TimeMs]) -> f64 {
    let Some(step) = median_step(timeline) else { return 252.0 };
    let weekends = covers_weekends(timeline);
    let days_per_year = if weekends { 365.0 } else { 252.0 };
    match step {
        s if s < DAILY_FROM => bars_per_day(timeline, weekends) * days_per_year,
        s if s <= DAILY_TO => days_per_year,
        s if s <= 10 * DAY => 52.0,
        s if s <= 45 * DAY => 12.0,
        s if s <= 120 * DAY => 4.0,
        _ => 1.0,
    }
}

/// Mean number of bars on (UTC) days that have any. The first and the last day may be cut short by the file and
/// are left out where there are others. In a market that closes on weekends only weekdays are counted as
/// days, so that a Sunday evening's bars belong to the week that they open.
fn bars_per_day(timeline: &[TimeMs], weekends: bool) -> f64 {
    let mut bars: Vec<i64> = timeline.iter().map(|t| t.div_euclid(DAY)).collect();
    if let (Some(first), Some(last)) = (bars.first().copied(), bars.last().copied()) {
        let is_inner = |day: &i64| *day > first && *day < last;
        if bars.iter().any(is_inner) {
            bars.retain(is_inner);
        }
    }
    let bar_count = bars.len();
    bars.dedup();
    let weekdays = bars.iter().filter(|day| !is_weekend(**day)).count();
    let days = if weekends || weekdays == 0 { bars.len() } else { weekdays };
    bar_count as f64 / days as f64
}

/// The middle one of all steps between neighbours; `None` with fewer than two bars.
pub(super) fn median_step(timeline: &[TimeMs]) -> Option<i64> {
    let mut steps: Vec<i64> = timeline.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if steps.is_empty() {
        return None;
    }
    let middle = steps.len() / 2;
    Some(*steps.select_nth_unstable(middle).1)
}

/// Whether Saturdays carry at least half the bars that other days carry.
pub(super) fn covers_weekends(timeline: &[TimeMs]) -> bool {
    let saturdays = timeline.iter().filter(|t| weekday(t.div_euclid(DAY)) == SATURDAY).count();
    saturdays as f64 >= 0.5 * timeline.len() as f64 / 7.0
}

const SATURDAY: i64 = 5;

/// Monday is 0. (1970-01-01 was a Thursday.)
fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

fn is_weekend(day: i64) -> bool {
    weekday(day) >= SATURDAY
}

/// Which gaps between bars are usual in one file.
#[derive(Debug)]
pub(super) struct Calendar {
    /// A step up to this long is no gap.
    longest_step: i64,
    /// Intraday markets that close.
    sessions: Option<Sessions>,
    text: String,
}

/// When an intraday market opens.
#[derive(Debug)]
struct Sessions {
    weekends: bool,
    /// Times of day at which trading resumes on at least a fifth of all days.
    opens: BTreeSet<i64>,
}

impl Calendar {
    /// Derives it from the bars' times and what clocks of the market show at them; `None` with fewer than
    /// three, which show no regularity.
    pub fn of(time: &[TimeMs], shown: &[TimeMs]) -> Option<Self> {
        if time.len() < 3 {
            return None;
        }
        let step = median_step(time)?;
        let weekends = covers_weekends(shown);
        let half_more = step + step / 2;
        Some(match step {
            s if s < DAILY_FROM => {
                let sessions = Sessions { weekends, opens: session_opens(time, shown, half_more) };
                let text = every(step);
                Self { longest_step: half_more, sessions: Some(sessions), text }
            }
            s if s <= DAILY_TO && !weekends => {
                let days = custom_days(time);
                let text = format!("up to {days} days");
                // Half a day of tolerance for labels that move with daylight saving.
                Self { longest_step: days * DAY + DAY / 2, sessions: None, text }
            }
            _ => {
                let text = every(step);
                Self { longest_step: half_more, sessions: None, text }
            }
        })
    }

    /// Whether the market may be expected to have no bar between two neighbours, given their times and what
    /// clocks show at them.
    #[inline]
    pub fn is_usual(&self, time: [TimeMs; 2], shown: [TimeMs; 2]) -> bool {
        time[1] - time[0] <= self.longest_step
            || self.sessions.as_ref().is_some_and(|s| s.is_closed(shown[0], shown[1]))
    }

    /// What is usual, in a few words.
    pub fn describe(&self) -> &str {
        &self.text
    }
}

fn every(step: i64) -> String {
    format!("a bar every {}", format_duration(step))
}

impl Sessions {
    /// A night, a weekend or a long weekend: trading resumes at an hour at which it often does, or a whole
    /// Saturday lies between in a market that doesn't trade on Saturdays.
    fn is_closed(&self, from: TimeMs, to: TimeMs) -> bool {
        let first_whole_day = from.div_euclid(DAY) + 1;
        let mut whole_days = first_whole_day..to.div_euclid(DAY);
        to - from <= LONG_WEEKEND_DAYS * DAY
            && (self.opens.contains(&to.rem_euclid(DAY))
                || (!self.weekends && whole_days.any(|day| weekday(day) == SATURDAY)))
    }
}

fn session_opens(time: &[TimeMs], shown: &[TimeMs], longest_step: i64) -> BTreeSet<i64> {
    let mut days = 1_usize;
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for (pair, shown) in time.windows(2).zip(shown.windows(2)) {
        days += usize::from(shown[0].div_euclid(DAY) != shown[1].div_euclid(DAY));
        if pair[1] - pair[0] > longest_step {
            *counts.entry(shown[1].rem_euclid(DAY)).or_default() += 1;
        }
    }
    let often = (days / 5).max(2);
    counts.into_iter().filter(|(_, count)| *count >= often).map(|(open, _)| open).collect()
}

/// The longest daily gap, in days, that the market's customs explain.
fn custom_days(time: &[TimeMs]) -> i64 {
    let year = |t: TimeMs| civil_of_day(t.div_euclid(DAY)).0;
    let mut years_by_days: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for pair in time.windows(2) {
        let days = (pair[1] - pair[0] + DAY / 2) / DAY;
        if days > LONG_WEEKEND_DAYS {
            years_by_days.entry(days).or_default().insert(year(pair[1]));
        }
    }
    let (Some(first), Some(last)) = (time.first(), time.last()) else { return LONG_WEEKEND_DAYS };
    let span_years = usize::try_from(year(*last) - year(*first) + 1).unwrap_or(usize::MAX);
    let needed = CUSTOM_YEARS.max(span_years.div_ceil(2));
    // A gap of a length counts for every shorter one.
    let mut years: BTreeSet<i64> = BTreeSet::new();
    for (days, seen) in years_by_days.iter().rev() {
        years.extend(seen);
        if years.len() >= needed {
            return *days;
        }
    }
    LONG_WEEKEND_DAYS
}

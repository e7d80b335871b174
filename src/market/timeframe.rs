//! Timeframes such as `1w`, and the periods of the calendar that they stand for.
//!
//! Never asks for the current time or a time zone database.

use std::fmt;

use super::TimeMs;
use super::time::{DAY, MINUTE, civil_of_day, day_of_civil};
use crate::nearest::nearest;

/// A period that bars can be put together into; a later variant, or a larger number, is longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timeframe {
    /// So many minutes from midnight on; the number divides the 1,440 of a day and is less.
    Minutes(u16),
    /// A day from midnight to midnight.
    Day,
    /// A week from Monday on.
    Week,
    /// A month of the calendar.
    Month,
    /// Three months from January, April, July or October on.
    Quarter,
    /// A year of the calendar.
    Year,
}

/// The usual names, shortest first.
pub const TIMEFRAMES: [&str; 10] = ["5m", "15m", "30m", "1h", "4h", "1d", "1w", "1M", "1q", "1y"];

/// What other programs write for the same.
const HABITS: [(&str, &str); 20] = [
    ("hour", "1h"),
    ("hourly", "1h"),
    ("60", "1h"),
    ("d", "1d"),
    ("24h", "1d"),
    ("day", "1d"),
    ("daily", "1d"),
    ("w", "1w"),
    ("7d", "1w"),
    ("week", "1w"),
    ("weekly", "1w"),
    ("1mo", "1M"),
    ("month", "1M"),
    ("monthly", "1M"),
    ("3m", "1q"),
    ("3mo", "1q"),
    ("quarterly", "1q"),
    ("12m", "1y"),
    ("12mo", "1y"),
    ("yearly", "1y"),
];

const MINUTES_OF_DAY: u16 = 1_440;

impl Timeframe {
    /// The timeframe of a name: one of [`TIMEFRAMES`], or any number of minutes (`m`) or hours (`h`) that
    /// divides a day.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "1d" => return Some(Self::Day),
            "1w" => return Some(Self::Week),
            "1M" => return Some(Self::Month),
            "1q" => return Some(Self::Quarter),
            "1y" => return Some(Self::Year),
            _ => {}
        }
        let (digits, unit) = match name.strip_suffix('m') {
            Some(digits) => (digits, 1),
            None => (name.strip_suffix('h')?, 60),
        };
        if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let minutes = digits.parse::<u16>().ok()?.checked_mul(unit)?;
        let fits = minutes < MINUTES_OF_DAY && MINUTES_OF_DAY.checked_rem(minutes) == Some(0);
        fits.then_some(Self::Minutes(minutes))
    }

    /// The name that somebody who wrote this may have meant.
    pub fn meant(name: &str) -> Option<&'static str> {
        let lower = name.to_lowercase();
        let habit = HABITS.iter().find(|(known, _)| *known == lower).map(|(_, here)| *here);
        let same = TIMEFRAMES.into_iter().find(|known| known.eq_ignore_ascii_case(name));
        habit.or(same).or_else(|| nearest(name, TIMEFRAMES))
    }

    /// The least that a period lasts, in milliseconds.
    pub fn shortest(self) -> i64 {
        match self {
            Self::Minutes(minutes) => i64::from(minutes) * MINUTE,
            Self::Day => DAY,
            Self::Week => 7 * DAY,
            Self::Month => 28 * DAY,
            Self::Quarter => 90 * DAY,
            Self::Year => 365 * DAY,
        }
    }

    /// Start of the period that a time lies in, and of the next one.
    pub fn period(self, time: TimeMs) -> (TimeMs, TimeMs) {
        let day = time.div_euclid(DAY);
        match self {
            Self::Minutes(minutes) => {
                let length = i64::from(minutes) * MINUTE;
                let start = time.div_euclid(length).saturating_mul(length);
                (start, start.saturating_add(length))
            }
            Self::Day => days(day, day + 1),
            Self::Week => {
                // 1970-01-01 was a Thursday, the third day after a Monday.
                let monday = day - (day + 3).rem_euclid(7);
                days(monday, monday + 7)
            }
            Self::Month => months(day, 1),
            Self::Quarter => months(day, 3),
            Self::Year => months(day, 12),
        }
    }
}

fn days(first: i64, next: i64) -> (TimeMs, TimeMs) {
    (first.saturating_mul(DAY), next.saturating_mul(DAY))
}

/// The period of so many months, counted from January, that a day lies in.
fn months(day: i64, count: i64) -> (TimeMs, TimeMs) {
    let (year, month, _) = civil_of_day(day);
    let first = (month - 1) / count * count + 1;
    let next = first + count;
    let next = if next > 12 { (year + 1, 1) } else { (year, next) };
    days(day_of_civil(year, first, 1), day_of_civil(next.0, next.1, 1))
}

impl fmt::Display for Timeframe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(minutes) if minutes % 60 == 0 => write!(f, "{}h", minutes / 60),
            Self::Minutes(minutes) => write!(f, "{minutes}m"),
            Self::Day => f.write_str("1d"),
            Self::Week => f.write_str("1w"),
            Self::Month => f.write_str("1M"),
            Self::Quarter => f.write_str("1q"),
            Self::Year => f.write_str("1y"),
        }
    }
}

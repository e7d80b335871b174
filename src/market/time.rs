//! Times as text: ISO 8601 to milliseconds since the epoch and back, proleptic Gregorian, UTC.
//!
//! Never asks for the current time or a time zone database.

use super::TimeMs;

const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of a day (no leap seconds, as everywhere in this crate).
pub const DAY: i64 = 24 * HOUR;

/// First time a data file may hold: 0001-01-01T00:00:00Z.
pub const MIN_TIME: TimeMs = -62_135_596_800_000;
/// Last time a data file may hold: 9999-12-31T23:59:59.999Z.
pub const MAX_TIME: TimeMs = 253_402_300_799_999;

/// Why a text isn't a time. Messages read after "`…` isn't a time: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Another notation altogether.
    #[error("expected ISO 8601, such as 2020-01-31 or 2020-01-31T14:30:00Z")]
    NotIso,
    /// A day that doesn't exist, such as February 30.
    #[error("there is no such day in the calendar")]
    NoSuchDay,
    /// A time of day or an offset that can't be read.
    #[error(
        "the time of day can't be read; expected HH:MM, HH:MM:SS or HH:MM:SS.fff, then Z or an \
         offset such as +02:00"
    )]
    NoSuchClockTime,
}

/// A time of day with its distance from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClockTime {
    /// Milliseconds since local midnight; finer fractions are cut off.
    pub of_day: i64,
    /// Milliseconds that local time is ahead of UTC, if the text says.
    pub offset: Option<i64>,
}

/// `2020-01-31T00:00:00Z`, with milliseconds (`….250Z`) only where they aren't zero. Total: years beyond
/// 9999 get as many digits as they need.
pub fn format_time(time: TimeMs) -> String {
    let (year, month, day) = civil_of_day(time.div_euclid(DAY));
    let of_day = time.rem_euclid(DAY);
    let (hour, minute) = (of_day / HOUR, of_day % HOUR / MINUTE);
    let (second, ms) = (of_day % MINUTE / SECOND, of_day % SECOND);
    let date = format_civil(year, month, day);
    if ms == 0 {
        format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
    } else {
        format!("{date}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

/// The UTC date of a time: `2020-01-31`.
pub fn format_date(time: TimeMs) -> String {
    let (year, month, day) = civil_of_day(time.div_euclid(DAY));
    format_civil(year, month, day)
}

/// `2020-01-31` at midnight UTC, otherwise `2020-01-31T14:30:00Z`: for tables and messages, where the
/// zeros of a daily label would be noise.
pub fn format_short(time: TimeMs) -> String {
    if time.rem_euclid(DAY) == 0 { format_date(time) } else { format_time(time) }
}

fn format_civil(year: i64, month: i64, day: i64) -> String {
    let sign = if year < 0 { "-" } else { "" };
    format!("{sign}{:04}-{month:02}-{day:02}", year.abs())
}

/// Reads `2020-01-31` as that day's midnight UTC.
///
/// # Errors
/// Anything else, and days that don't exist.
pub fn parse_date(text: &str) -> Result<TimeMs, TimeError> {
    let date: &[u8; 10] = text.as_bytes().try_into().map_err(|_| TimeError::NotIso)?;
    if date[4] == b'-' { parse_day(date) } else { Err(TimeError::NotIso) }
}

/// Reads an ISO 8601 date or date-time; without a zone it is UTC.
///
/// # Errors
/// Anything else, days that don't exist and times of day that can't be read.
pub fn parse_time(text: &str) -> Result<TimeMs, TimeError> {
    let (date, rest) = text.as_bytes().split_first_chunk::<10>().ok_or(TimeError::NotIso)?;
    let day = parse_day(date)?;
    if rest.is_empty() {
        return Ok(day);
    }
    let clock = parse_clock(rest).ok_or(TimeError::NoSuchClockTime)?;
    Ok(day + clock.of_day - clock.offset.unwrap_or(0))
}

/// Midnight UTC of `YYYY-MM-DD` (or with `/` or `.`: year first can't be misread).
pub(super) fn parse_day(date: &[u8; 10]) -> Result<TimeMs, TimeError> {
    let separator = date[4];
    if !matches!(separator, b'-' | b'/' | b'.') || date[7] != separator {
        return Err(TimeError::NotIso);
    }
    match (digits(&date[..4]), digits(&date[5..7]), digits(&date[8..])) {
        (Some(year), Some(month), Some(day)) => {
            midnight(year, month, day).ok_or(TimeError::NoSuchDay)
        }
        _ => Err(TimeError::NotIso),
    }
}

/// Midnight UTC of a civil date, if there is such a day in the years 1 to 9999.
pub(super) fn midnight(year: i64, month: i64, day: i64) -> Option<TimeMs> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    let exists = (1..=9999).contains(&year) && (1..=length).contains(&day);
    exists.then(|| day_of_civil(year, month, day) * DAY)
}

/// What follows the date: a `T` or space, `HH:MM[:SS[.f…]]`, then nothing, `Z`, `UTC` or `±HH[[:]MM]`.
pub(super) fn parse_clock(text: &[u8]) -> Option<ClockTime> {
    let (separator, rest) = text.split_first()?;
    if !matches!(separator, b'T' | b't' | b' ') || rest.get(2) != Some(&b':') {
        return None;
    }
    let hour = digits(rest.get(..2)?).filter(|hour| *hour < 24)?;
    let minute = digits(rest.get(3..5)?).filter(|minute| *minute < 60)?;
    let mut of_day = hour * HOUR + minute * MINUTE;
    let mut rest = &rest[5..];
    if let Some(seconds) = rest.strip_prefix(b":") {
        of_day += digits(seconds.get(..2)?).filter(|second| *second < 60)? * SECOND;
        rest = &seconds[2..];
        if let Some(fraction) = rest.strip_prefix(b".") {
            let (ms, length) = milliseconds(fraction)?;
            of_day += ms;
            rest = &fraction[length..];
        }
    }
    Some(ClockTime { of_day, offset: parse_offset(rest)? })
}

/// The first three digits of a fraction of a second as milliseconds, and how many digits there were.
pub(super) fn milliseconds(fraction: &[u8]) -> Option<(i64, usize)> {
    let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digit = |i: usize| if i < length { i64::from(fraction[i] - b'0') } else { 0 };
    (length > 0).then(|| (digit(0) * 100 + digit(1) * 10 + digit(2), length))
}

/// `Some(None)` for no zone at all, `None` for something that isn't one.
fn parse_offset(text: &[u8]) -> Option<Option<i64>> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, rest) = match text {
        [] => return Some(None),
        b"Z" | b"z" | b"UTC" | b"GMT" => return Some(Some(0)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hour, minute) = match rest {
        [_, _] => (rest, &b"00"[..]),
        [_, _, _, _] => rest.split_at(2),
        [_, _, b':', _, _] => (&rest[..2], &rest[3..]),
        _ => return None,
    };
    let hour = digits(hour).filter(|hour| *hour <= 15)?;
    let minute = digits(minute).filter(|minute| *minute < 60)?;
    Some(Some(sign * (hour * HOUR + minute * MINUTE)))
}

/// The value of a few digits and nothing else.
pub(super) fn digits(text: &[u8]) -> Option<i64> {
    let mut value = 0;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(value)
}

// Both directions count years from March, so that the leap day is a year's last day, in eras of 400
// years (146,097 days), after which the calendar repeats. 719,468 days lie between 0000-03-01 and
// 1970-01-01.

/// The day, counted from 1970-01-01, of a civil date.
pub(super) fn day_of_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day counted from 1970-01-01.
pub(super) fn civil_of_day(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, day_of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_month)
}

/// `7 days`, `3 h`, `10 min`, `90 s`: in the largest unit that leaves no remainder worth a word.
pub fn format_duration(ms: i64) -> String {
    const UNITS: [(i64, &str); 4] =
        [(DAY, "days"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
    for (unit, name) in UNITS {
        if ms >= 2 * unit || (ms >= unit && ms % unit == 0) {
            let tenths = (ms * 10 + unit / 2) / unit;
            let name = if tenths == 10 && name == "days" { "day" } else { name };
            return if tenths % 10 == 0 {
                format!("{} {name}", tenths / 10)
            } else {
                format!("{}.{} {name}", tenths / 10, tenths % 10)
            };
        }
    }
    format!("{ms} ms")
}

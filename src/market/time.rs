//! Times and dates as text.

use jiff::{Timestamp, civil::Date};

use super::TimeMs;

/// A `YYYY-MM-DD` date at 00:00Z.
pub fn parse_date(text: &str) -> Option<TimeMs> {
    let date: Date = text.parse().ok().filter(|_| text.len() == 10)?;
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// ISO-8601 in UTC: `2020-01-31T00:00:00Z`.
pub fn format_time(time: TimeMs) -> String {
    Timestamp::from_millisecond(time).map_or_else(|_| time.to_string(), |t| t.to_string())
}

//! Dates and durations as people write them in a program.

use std::time::Duration;

use crate::market::TimeMs;

/// Longest duration a program may ask for: 30 days, the most that a workflow may wait anywhere.
pub(super) const MAX_HOURS: u64 = 720;

/// Midnight UTC of a calendar date `YYYY-MM-DD`; `None` for anything else.
pub fn date_ms(text: &str) -> Option<TimeMs> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<i16> {
        let part = bytes.get(range)?;
        part.iter()
            .all(u8::is_ascii_digit)
            .then(|| part.iter().fold(0, |value, digit| 10 * value + i16::from(digit - b'0')))
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let date =
        jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    Some(jiff::tz::TimeZone::UTC.to_timestamp(midnight).ok()?.as_millisecond())
}

/// A positive duration of at most 30 days: hours, minutes and seconds in that order, each at most once (`90s`,
/// `20m`, `2h`, `1h30m`); `None` for anything else.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds: u64 = 0;
    for (unit, length) in [('h', 3600), ('m', 60), ('s', 1)] {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        if let Some(after) = after.strip_prefix(unit) {
            let part = number.parse::<u64>().ok()?.checked_mul(length)?;
            seconds = seconds.checked_add(part)?;
            rest = after;
        }
    }
    let accepted = rest.is_empty() && (1..=MAX_HOURS * 3600).contains(&seconds);
    accepted.then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_calendar_dates_at_midnight_utc() {
        assert_eq!(date_ms("1970-01-01"), Some(0));
        assert_eq!(date_ms("2006-01-01"), Some(1_136_073_600_000));
        assert_eq!(date_ms("2012-02-29"), Some(1_330_473_600_000));
        assert_eq!(date_ms("1969-12-31"), Some(-86_400_000));
        for wrong in [
            "",
            "2011-02-29",
            "2011-13-01",
            "2011-00-01",
            "2011-1-1",
            "11-01-01",
            "2011/01/01",
            "2011-01-01T00:00",
            " 2011-01-01",
            "2011-01-0é",
            "+011-01-01",
        ] {
            assert_eq!(date_ms(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_have_units_in_order() {
        for (text, seconds) in
            [("90s", 90), ("20m", 1200), ("2h", 7200), ("1h30m", 5400), ("1h0m5s", 3605)]
        {
            assert_eq!(duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(duration("720h"), Some(Duration::from_secs(2_592_000)));
        for wrong in [
            "",
            "20",
            "m",
            "0s",
            "30m1h",
            "1h1h",
            "-5m",
            "1.5h",
            "5 m",
            "1d",
            "721h",
            "720h1s",
            "99999999999999999999s",
            "18446744073709551615h",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}

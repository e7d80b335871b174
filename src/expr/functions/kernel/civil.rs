//! The calendar date and time that clocks of the market show at a bar.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The date and time that clocks show, given as milliseconds since 1970 would be at UTC; nothing where no
/// such date exists.
pub(in crate::expr::functions) fn civil(time: f64) -> Option<DateTime> {
    if time.is_nan() {
        return None;
    }
    Timestamp::from_millisecond(time as i64).ok().map(|time| Offset::UTC.to_datetime(time))
}

/// Milliseconds of a day.
const DAY: f64 = 86_400_000.0;

/// The number of the calendar day of milliseconds since 1970.
#[inline]
pub(in crate::expr::functions) fn day_number(time: f64) -> i64 {
    (time / DAY).floor() as i64
}

/// Milliseconds since midnight.
#[inline]
pub(in crate::expr::functions) fn time_of_day(time: f64) -> f64 {
    time - (time / DAY).floor() * DAY
}

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

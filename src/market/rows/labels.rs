//! What the times of a file are labels of: sessions, which have a date and no time of day, or moments.

use super::super::{
    Bars, TimeMs,
    time::DAY,
    zone::{Clock, Zone},
};

/// Labels the bars of a file that was read, and gives them the market's clock.
///
/// Daily bars (all times midnights at UTC) have no time of day that a zone could move, and are left alone.
/// Where all times are midnights of the zone, they are daily bars too and are labelled by their dates.
/// Returns whether they were.
pub(super) fn settle(bars: &mut Bars, zone: &Zone) -> bool {
    let (Some(first), Some(last)) = (bars.time.first().copied(), bars.time.last().copied()) else {
        return false;
    };
    if zone.is_utc() || bars.time.iter().all(|time| is_date(*time)) {
        return false;
    }
    if bars.time.iter().all(|time| is_date(*time) || zone.starts_day(*time)) {
        let date = |time: &TimeMs| if is_date(*time) { *time } else { zone.date(*time) };
        let dates: Vec<TimeMs> = bars.time.iter().map(date).collect();
        // Dates and midnights of a zone in one file may stand for one and the same day.
        if dates.windows(2).all(|pair| pair[0] < pair[1]) {
            bars.time = dates;
            return true;
        }
    }
    bars.clock = Clock::of(zone, first, last);
    false
}

fn is_date(time: TimeMs) -> bool {
    time.rem_euclid(DAY) == 0
}

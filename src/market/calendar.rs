//! What the spacing of bars says about the calendar.

use super::TimeMs;

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// Bars per year of a timeline: 252 for daily bars, 365 if they cover weekends; 52 weekly; 12 monthly; intraday, the
/// mean number of bars on days that have any, times 252 (365 if bars cover weekends).
pub fn bars_per_year(timeline: &[TimeMs]) -> f64 {
    if timeline.len() < 2 {
        return 252.0;
    }
    let mut steps: Vec<i64> = timeline.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_unstable();
    let median = steps[steps.len() / 2];
    let days_per_year = if covers_weekends(timeline) { 365.0 } else { 252.0 };
    if median < 16 * HOUR {
        let mut days: Vec<i64> = timeline.iter().map(|t| t.div_euclid(DAY)).collect();
        days.dedup();
        return timeline.len() as f64 / days.len() as f64 * days_per_year;
    }
    match median {
        m if m <= 4 * DAY => days_per_year,
        m if m <= 10 * DAY => 52.0,
        m if m <= 45 * DAY => 12.0,
        m if m <= 120 * DAY => 4.0,
        _ => 1.0,
    }
}

/// Whether Saturdays carry at least half the bars that other days carry.
fn covers_weekends(timeline: &[TimeMs]) -> bool {
    // 1970-01-01 was a Thursday, so day 2 was a Saturday.
    let saturdays = timeline.iter().filter(|t| t.div_euclid(DAY).rem_euclid(7) == 2).count();
    saturdays as f64 >= 0.5 * timeline.len() as f64 / 7.0
}

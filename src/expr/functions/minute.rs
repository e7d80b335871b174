//! `minute`: the minute.

use super::kernel::civil;
use super::operator::map;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "minute",
    group: Group::Calendar,
    summary: "Minute of the bar in the market's time zone, 0 to 59; 0 for daily bars.",
    parameters: &[],
    implicit: &[Series::Time],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(|time| civil(time).map_or(f64::NAN, |now| f64::from(now.minute()))),
    fold: None,
    example: "hour == 14 and minute == 30",
};

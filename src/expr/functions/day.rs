//! `day`: the day of the month.

use super::kernel::civil;
use super::operator::map;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "day",
    group: Group::Calendar,
    summary: "Day of the month of the bar in the market's time zone, 1 to 31.",
    parameters: &[],
    implicit: &[Series::Time],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(|time| civil(time).map_or(f64::NAN, |now| f64::from(now.day()))),
    fold: None,
    example: "day <= 3",
};

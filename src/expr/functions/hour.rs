//! `hour`: the hour.

use super::kernel::civil;
use super::operator::map;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "hour",
    group: Group::Calendar,
    summary: "Hour of the bar in the market's time zone, 0 to 23; 0 for daily bars.",
    parameters: &[],
    implicit: &[Series::Time],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(|time| civil(time).map_or(f64::NAN, |now| f64::from(now.hour()))),
    fold: None,
    example: "hour >= 8 and hour < 16",
};

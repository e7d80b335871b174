//! `month`: the month.

use super::kernel::civil;
use super::operator::map;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "month",
    group: Group::Calendar,
    summary: "Month of the bar in the market's time zone, 1 to 12.",
    parameters: &[],
    implicit: &[Series::Time],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(|time| civil(time).map_or(f64::NAN, |now| f64::from(now.month()))),
    fold: None,
    example: "month == 1",
};

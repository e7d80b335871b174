//! `weekday`: the day of the week.

use super::kernel::civil;
use super::operator::map;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "weekday",
    group: Group::Calendar,
    summary: "Day of the week of the bar in the market's time zone: Monday is 1, Sunday 7.",
    parameters: &[],
    implicit: &[Series::Time],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| {
        map(|time| {
            civil(time).map_or(f64::NAN, |now| f64::from(now.weekday().to_monday_one_offset()))
        })
    },
    fold: None,
    example: "weekday == 5",
};

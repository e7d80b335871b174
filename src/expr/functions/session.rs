//! `session(from, to)`: hours of the day.

use super::kernel::time_of_day;
use super::operator::{map, truth};
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "session",
    group: Group::Calendar,
    summary: "True on bars whose time of day is at or after from and before to, in hours \
              as decimal numbers (9.5 is half past nine), by the same clock as hour; it \
              may go past midnight (22 to 4), and from = to means the whole day. Daily \
              bars are at 0.",
    parameters: &[Parameter::constant("from", 0.0, 24.0), Parameter::constant("to", 0.0, 24.0)],
    implicit: &[Series::Time],
    outputs: &[],
    condition: true,
    first: |_| 0,
    build: |c| {
        let [from, to] = [c[0], c[1]].map(|hour| (hour * 3_600_000.0).round());
        map(move |time| {
            let now = time_of_day(time);
            let (started, ended) = (now >= from, now >= to);
            truth(if from < to { started && !ended } else { started || now < to })
        })
    },
    fold: None,
    example: "session(9.5, 16)",
};

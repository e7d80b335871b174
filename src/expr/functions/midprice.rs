//! `midprice(n)`: the middle of the range of the bars.

use super::kernel::Channel;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "midprice",
    group: Group::MovingAverage,
    summary: "Middle of the range of the last n bars: (highest(high, n) + lowest(low, n)) / 2.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut channel = Channel::new(c[0] as usize);
        per_bar(move |[high, low]| [channel.middle(high, low)])
    },
    fold: None,
    example: "close > midprice(26)",
};

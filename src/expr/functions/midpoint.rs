//! `midpoint(x, n)`: the middle of the range of x.

use super::kernel::Channel;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "midpoint",
    group: Group::MovingAverage,
    summary: "Middle of the range of the last n values: (highest(x, n) + lowest(x, n)) / 2.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut channel = Channel::new(c[0] as usize);
        map(move |x| channel.middle(x, x))
    },
    fold: None,
    example: "close > midpoint(close, 50)",
};

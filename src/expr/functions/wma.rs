//! `wma(x, n)`: the weighted moving average.

use super::kernel::WeightedMean;
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "wma",
    group: Group::MovingAverage,
    summary: "Weighted moving average: the last n values weighted 1 to n, the newest most.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut mean = WeightedMean::new(c[0] as usize);
        columns(move |[x], out| mean.run(x, out))
    },
    fold: None,
    example: "close > wma(close, 30)",
};

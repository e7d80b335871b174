//! `sma(x, n)`: the simple moving average.

use super::operator::Map1;
use super::window::RollingSum;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "sma",
    group: Group::MovingAverage,
    summary: "Simple moving average: the mean of the last n values.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut sum = RollingSum::new(c[0] as usize);
        let n = c[0];
        Box::new(Map1(move |x| sum.push(x) / n))
    },
    fold: None,
    example: "close > sma(close, 200)",
};

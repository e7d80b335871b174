//! `ema(x, n)`: the exponential moving average.

use super::operator::Map1;
use super::window::Smoothing;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "ema",
    group: Group::MovingAverage,
    summary: "Exponential moving average with weight 2 / (n + 1), seeded with the mean of the first n values.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut average = Smoothing::new(c[0] as usize, 2.0 / (c[0] + 1.0));
        Box::new(Map1(move |x| average.push(x)))
    },
    fold: None,
    example: "ema(close, 20) > ema(close, 50)",
};

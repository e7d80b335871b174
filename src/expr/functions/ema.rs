//! `ema(x, n)`: the exponential moving average.

use super::kernel::Smoothing;
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "ema",
    group: Group::MovingAverage,
    summary: "Exponential moving average with weight 2 / (n + 1), seeded with the mean of \
              the first n values.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut average = Smoothing::exponential(c[0]);
        columns(move |[x], out| average.run(x, out))
    },
    fold: None,
    example: "ema(close, 20) > ema(close, 50)",
};

//! `sma(x, n)`: the simple moving average.

use super::kernel::{DoublingMean, RollingMean};
use super::operator::columns;
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
        let n = c[0] as usize;
        if n <= DoublingMean::MOST {
            let mut mean = DoublingMean::new(n);
            return columns(move |[x], out| mean.run(x, out));
        }
        let mut mean = RollingMean::new(n);
        columns(move |[x], out| mean.run(x, out))
    },
    fold: None,
    example: "close > sma(close, 200)",
};

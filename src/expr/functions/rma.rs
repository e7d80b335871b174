//! `rma(x, n)`: Wilder's moving average.

use super::kernel::Smoothing;
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "rma",
    group: Group::MovingAverage,
    summary: "Wilder's moving average, with weight 1 / n, seeded with the mean of the first \
              n values; RSI and ATR are made of it.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut average = Smoothing::wilder(c[0]);
        columns(move |[x], out| average.run(x, out))
    },
    fold: None,
    example: "rma(high - low, 14) / close < 0.03",
};

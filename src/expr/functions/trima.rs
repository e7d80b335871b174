//! `trima(x, n)`: the triangular moving average.

use super::kernel::RollingMean;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "trima",
    group: Group::MovingAverage,
    summary: "Triangular moving average: a mean of means, over n / 2 + 1 and n / 2 bars for \
              an even n and (n + 1) / 2 bars twice for an odd one.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let n = c[0] as usize;
        let [mut inner, mut outer] = [n.div_ceil(2), n / 2 + 1].map(RollingMean::new);
        map(move |x| outer.push(inner.push(x)))
    },
    fold: None,
    example: "close > trima(close, 30)",
};

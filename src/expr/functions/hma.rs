//! `hma(x, n)`: Hull's moving average.

use super::kernel::WeightedMean;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "hma",
    group: Group::MovingAverage,
    summary: "Hull's moving average: the WMA over √n bars of 2 wma(x, n / 2) - wma(x, n), \
              with n / 2 and √n rounded down.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize + (c[0] as usize).isqrt() - 2,
    build: |c| {
        let n = c[0] as usize;
        let [mut half, mut whole, mut last] = [n / 2, n, n.isqrt()].map(WeightedMean::new);
        map(move |x| last.push(2.0 * half.push(x) - whole.push(x)))
    },
    fold: None,
    example: "rising(hma(close, 30), 2)",
};

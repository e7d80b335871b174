//! `dema(x, n)`: the double exponential moving average.

use super::kernel::Smoothing;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "dema",
    group: Group::MovingAverage,
    summary: "Double exponential moving average: 2 e1 - e2, where e1 is the EMA of x and e2 \
              the EMA of e1.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| 2 * (c[0] as usize - 1),
    build: |c| {
        let [mut e1, mut e2] = [c[0]; 2].map(Smoothing::exponential);
        map(move |x| {
            let first = e1.push(x);
            2.0 * first - e2.push(first)
        })
    },
    fold: None,
    example: "close > dema(close, 30)",
};

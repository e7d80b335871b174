//! `tema(x, n)`: the triple exponential moving average.

use super::kernel::Smoothing;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "tema",
    group: Group::MovingAverage,
    summary: "Triple exponential moving average: 3 e1 - 3 e2 + e3, where e1 is the EMA of x, \
              e2 of e1 and e3 of e2.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| 3 * (c[0] as usize - 1),
    build: |c| {
        let [mut e1, mut e2, mut e3] = [c[0]; 3].map(Smoothing::exponential);
        map(move |x| {
            let first = e1.push(x);
            let second = e2.push(first);
            3.0 * first - 3.0 * second + e3.push(second)
        })
    },
    fold: None,
    example: "close > tema(close, 30)",
};

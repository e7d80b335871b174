//! `zlema(x, n)`: the EMA without its lag.

use super::kernel::{Delay, Smoothing};
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "zlema",
    group: Group::MovingAverage,
    summary: "Zero-lag EMA (Ehlers and Way, 2010): the EMA over n bars of 2 x - x[lag], \
              with lag = (n - 1) / 2 rounded down.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 3)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1 + (c[0] as usize - 1) / 2,
    build: |c| {
        let lag = (c[0] as usize - 1) / 2;
        let (mut before, mut average) = (Delay::new(lag, f64::NAN), Smoothing::exponential(c[0]));
        map(move |x| average.push(2.0 * x - before.push(x)))
    },
    fold: None,
    example: "cross_above(close, zlema(close, 30))",
};

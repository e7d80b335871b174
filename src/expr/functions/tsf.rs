//! `tsf(x, n)`: the time series forecast.

use super::kernel::{Sliding, Trend};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "tsf",
    group: Group::Statistics,
    summary: "Time series forecast: the least-squares line through the last n values, \
              drawn on to the next bar: linreg(x, n) + slope(x, n).",
    parameters: &[Parameter::number("x"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Trend>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out, |window| window.end() + window.slope()))
    },
    fold: None,
    example: "close < tsf(close, 14)[1]",
};

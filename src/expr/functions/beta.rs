//! `beta(x, y, n)`: the slope of x over y.

use super::kernel::{Comoment, Sliding};
use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "beta",
    group: Group::Statistics,
    summary: "Slope of the least-squares line of x over y, through the last n bars: the \
              covariance divided by the variance of y; undefined where y doesn't change. \
              It takes x and y as they are; TA-Lib's BETA(y, x, n), with the market first, \
              is beta(rocp(x, 1), rocp(y, 1), n).",
    parameters: &[Parameter::number("x"), Parameter::number("y"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Comoment>::new(c[0] as usize);
        per_bar(move |both| [window.push(both).slope()])
    },
    fold: None,
    example: "beta(log_return(close), log_return(open), 60) < 1",
};

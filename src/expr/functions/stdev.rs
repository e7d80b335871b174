//! `stdev(x, n)`: the standard deviation.

use super::kernel::{Moments, Sliding};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "stdev",
    group: Group::Volatility,
    summary: "Standard deviation of the last n values, dividing by n (ddof 0).",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Moments>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out, Moments::deviation))
    },
    fold: None,
    example: "stdev(log_return(close), 20) * sqrt(252) < 0.3",
};

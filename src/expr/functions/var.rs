//! `var(x, n)`: the variance.

use super::kernel::{Moments, Sliding};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "var",
    group: Group::Volatility,
    summary: "Variance of the last n values, dividing by n (ddof 0).",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Moments>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out, Moments::variance))
    },
    fold: None,
    example: "var(log_return(close), 20) < var(log_return(close), 100)",
};

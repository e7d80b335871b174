//! `skew(x, n)`: the skewness.

use super::kernel::{Shape, Sliding};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "skew",
    group: Group::Statistics,
    summary: "Skewness of the last n values (g1): the third central moment over the second \
              to the power 1.5, both dividing by n; undefined where all are equal.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 3)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Shape>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out, Shape::skewness))
    },
    fold: None,
    example: "skew(log_return(close), 60) < -0.5",
};

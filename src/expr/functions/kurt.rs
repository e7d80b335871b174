//! `kurt(x, n)`: the kurtosis.

use super::kernel::{Shape, Sliding};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "kurt",
    group: Group::Statistics,
    summary: "Kurtosis of the last n values, 3 for a normal distribution: the fourth \
              central moment over the square of the second, both dividing by n; undefined \
              where all are equal.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 4)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Shape>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out, Shape::kurtosis))
    },
    fold: None,
    example: "kurt(log_return(close), 60) > 5",
};

//! `slope(x, n)`: the slope of the least-squares line.

use super::kernel::{Sliding, Trend};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "slope",
    group: Group::Statistics,
    summary: "Slope of the least-squares line through the last n values: change of x per bar.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Trend>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out, Trend::slope))
    },
    fold: None,
    example: "slope(log(close), 60) > 0.001",
};

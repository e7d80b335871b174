//! `sum(x, n)`: the sum.

use super::kernel::{Sliding, Sum};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "sum",
    group: Group::Statistics,
    summary: "Sum of the last n values.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Sum>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out, |sum| sum.0))
    },
    fold: None,
    example: "sum(volume, 5) > 2 * sum(volume, 5)[5]",
};

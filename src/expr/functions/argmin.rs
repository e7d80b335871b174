//! `argmin(x, n)`: how long ago the lowest value was.

use super::kernel::{Recency, Sliding};
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "argmin",
    group: Group::Statistics,
    summary: "Bars since the lowest of the last n values, 0 to n - 1; of equal ones the \
              latest counts.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Recency>::new(c[0] as usize);
        map(move |x| window.push(-x).since)
    },
    fold: None,
    example: "argmin(low, 20) < 3",
};

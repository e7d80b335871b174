//! `highest(x, n)`: the highest value.

use super::kernel::{Extreme, Highest};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "highest",
    group: Group::Statistics,
    summary: "Highest of the last n values.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Extreme::<Highest>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out))
    },
    fold: None,
    example: "close > highest(high, 55)[1]",
};

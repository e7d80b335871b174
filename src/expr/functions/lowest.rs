//! `lowest(x, n)`: the lowest value.

use super::kernel::{Extreme, Lowest};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "lowest",
    group: Group::Statistics,
    summary: "Lowest of the last n values.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Extreme::<Lowest>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out))
    },
    fold: None,
    example: "close < lowest(low, 20)[1]",
};

//! `linreg(x, n)`: the end of the least-squares line.

use super::kernel::{Sliding, Trend};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "linreg",
    group: Group::Statistics,
    summary: "Value at this bar of the least-squares line through the last n values.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Trend>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out, Trend::end))
    },
    fold: None,
    example: "close < linreg(close, 50) - 2 * atr(14)",
};

//! `linreg_intercept(x, n)`: the start of the least-squares line.

use super::kernel::{Sliding, Trend};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "linreg_intercept",
    group: Group::Statistics,
    summary: "Value at the oldest of the last n bars of the least-squares line through \
              their values.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Trend>::new(c[0] as usize);
        columns(move |[x], out| window.run(x, out, Trend::start))
    },
    fold: None,
    example: "linreg(close, 50) > 1.1 * linreg_intercept(close, 50)",
};

//! `count(cond, n)`: how often something was.

use super::kernel::{Sliding, Sum};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "count",
    group: Group::Events,
    summary: "On how many of the last n bars the condition was true.",
    parameters: &[Parameter::condition("cond"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Sum>::new(c[0] as usize);
        columns(move |[cond], out| window.run(cond, out, |sum| sum.0))
    },
    fold: None,
    example: "count(close > open, 10) >= 7",
};

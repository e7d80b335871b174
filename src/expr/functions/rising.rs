//! `rising(x, n)`: higher on each bar.

use super::operator::{map, truth};
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "rising",
    group: Group::Events,
    summary: "True where each of the last n values is strictly higher than the one before \
              it; false where any of these n + 1 is undefined.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: true,
    first: |c| c[0] as usize,
    build: |c| {
        let (n, mut last, mut run) = (c[0], f64::NAN, 0.0);
        map(move |x| {
            run = if x > std::mem::replace(&mut last, x) { run + 1.0 } else { 0.0 };
            truth(run >= n)
        })
    },
    fold: None,
    example: "rising(close, 3)",
};

//! `exp(x)`: the exponential.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "exp",
    group: Group::Arithmetic,
    summary: "e to the power x; undefined where that is too large for a number.",
    parameters: &[Parameter::number("x")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(libm::exp),
    fold: Some(|x| libm::exp(x[0])),
    example: "exp(sma(log(close), 20))",
};

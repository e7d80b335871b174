//! `log(x)`: the natural logarithm.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "log",
    group: Group::Arithmetic,
    summary: "Natural logarithm; undefined unless x is positive.",
    parameters: &[Parameter::number("x")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(libm::log),
    fold: Some(|x| libm::log(x[0])),
    example: "log(close) - log(open)",
};

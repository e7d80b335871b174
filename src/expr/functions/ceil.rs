//! `ceil(x)`: rounded up.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "ceil",
    group: Group::Arithmetic,
    summary: "x rounded up to a whole number.",
    parameters: &[Parameter::number("x")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(f64::ceil),
    fold: Some(|x| x[0].ceil()),
    example: "ceil(close) - close < 0.05",
};

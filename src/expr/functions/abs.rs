//! `abs(x)`: the magnitude.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "abs",
    group: Group::Arithmetic,
    summary: "The magnitude of x: x without its sign.",
    parameters: &[Parameter::number("x")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(f64::abs),
    fold: Some(|x| x[0].abs()),
    example: "abs(close - open)",
};

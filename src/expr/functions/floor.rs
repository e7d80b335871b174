//! `floor(x)`: rounded down.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "floor",
    group: Group::Arithmetic,
    summary: "x rounded down to a whole number.",
    parameters: &[Parameter::number("x")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(f64::floor),
    fold: Some(|x| x[0].floor()),
    example: "close - floor(close) < 0.05",
};

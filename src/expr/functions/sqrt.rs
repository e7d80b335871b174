//! `sqrt(x)`: the square root.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "sqrt",
    group: Group::Arithmetic,
    summary: "Square root; undefined for a negative x.",
    parameters: &[Parameter::number("x")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(f64::sqrt),
    fold: Some(|x| x[0].sqrt()),
    example: "stdev(log_return(close), 20) * sqrt(252)",
};

//! `min(a, b)`: the smaller of two.

use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "min",
    group: Group::Arithmetic,
    summary: "The smaller of a and b; undefined where either is.",
    parameters: &[Parameter::number("a"), Parameter::number("b")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| per_bar(|[a, b]| [smaller(a, b)]),
    fold: Some(|x| smaller(x[0], x[1])),
    example: "min(open, close) - low > 2 * abs(close - open)",
};

fn smaller(a: f64, b: f64) -> f64 {
    if b.is_nan() || b < a { b } else { a }
}

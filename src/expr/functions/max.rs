//! `max(a, b)`: the larger of two.

use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "max",
    group: Group::Arithmetic,
    summary: "The larger of a and b; undefined where either is.",
    parameters: &[Parameter::number("a"), Parameter::number("b")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| per_bar(|[a, b]| [larger(a, b)]),
    fold: Some(|x| larger(x[0], x[1])),
    example: "high - max(open, close) > 2 * abs(close - open)",
};

fn larger(a: f64, b: f64) -> f64 {
    if b.is_nan() || b > a { b } else { a }
}

//! `if(cond, a, b)`: one of two values.

use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "if",
    group: Group::Arithmetic,
    summary: "a where the condition is true, b where it is false.",
    parameters: &[Parameter::condition("cond"), Parameter::number("a"), Parameter::number("b")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| per_bar(|[cond, a, b]| [choose(cond, a, b)]),
    fold: Some(|x| choose(x[0], x[1], x[2])),
    example: "if(close > open, high, low)",
};

fn choose(cond: f64, a: f64, b: f64) -> f64 {
    if cond > 0.0 { a } else { b }
}

//! `pow(x, y)`: the power.

use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "pow",
    group: Group::Arithmetic,
    summary: "x to the power y; undefined where that is not a finite number.",
    parameters: &[Parameter::number("x"), Parameter::number("y")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| per_bar(|[x, y]| [power(x, y)]),
    fold: Some(|x| power(x[0], x[1])),
    example: "pow(close / close[252], 0.5)",
};

/// `libm` rather than the platform's: the same bits on every machine. An undefined operand makes
/// the result undefined, also where the other one alone would decide (`pow(x, 0)`, `pow(1, y)`).
fn power(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() { f64::NAN } else { libm::pow(x, y) }
}

//! `sign(x)`: the direction.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "sign",
    group: Group::Arithmetic,
    summary: "1 where x is positive, -1 where it is negative, 0 where it is 0.",
    parameters: &[Parameter::number("x")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(sign),
    fold: Some(|x| sign(x[0])),
    example: "sign(close - open) * volume",
};

fn sign(x: f64) -> f64 {
    if x.is_nan() { x } else { f64::from(i8::from(x > 0.0) - i8::from(x < 0.0)) }
}

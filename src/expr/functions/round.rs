//! `round(x)`: rounded.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "round",
    group: Group::Arithmetic,
    summary: "x rounded to the nearest whole number; halves away from 0.",
    parameters: &[Parameter::number("x")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(f64::round),
    fold: Some(|x| x[0].round()),
    example: "close >= round(close)",
};

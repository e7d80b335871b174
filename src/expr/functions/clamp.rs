//! `clamp(x, lo, hi)`: x within bounds.

use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "clamp",
    group: Group::Arithmetic,
    summary: "x, but at least lo and at most hi; undefined where lo is above hi.",
    parameters: &[Parameter::number("x"), Parameter::number("lo"), Parameter::number("hi")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| per_bar(|[x, lo, hi]| [within(x, lo, hi)]),
    fold: Some(|x| within(x[0], x[1], x[2])),
    example: "clamp(0.02 / (atr(14) / close), 0.1, 1)",
};

fn within(x: f64, lo: f64, hi: f64) -> f64 {
    match (lo <= hi, x < lo, x > hi) {
        (false, ..) => f64::NAN,
        (_, true, _) => lo,
        (_, _, true) => hi,
        _ => x,
    }
}

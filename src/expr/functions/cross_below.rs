//! `cross_below(a, b)`: a goes below b.

use super::kernel::Crossing;
use super::operator::condition;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "cross_below",
    group: Group::Events,
    summary: "True on the bar where a is below b and on the bar before was at or above it: a \
              < b and a[1] >= b[1]; false where any of the four is undefined.",
    parameters: &[Parameter::number("a"), Parameter::number("b")],
    implicit: &[],
    outputs: &[],
    condition: true,
    first: |_| 1,
    build: |_| {
        let mut crossing = Crossing::new();
        condition(move |[a, b], defined, holds| crossing.run(b, a, defined, holds))
    },
    fold: None,
    example: "cross_below(close, sma(close, 50))",
};

//! `bars_since(cond)`: how long ago something was.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "bars_since",
    group: Group::Events,
    summary: "Bars since the condition was last true: 0 on that bar itself, undefined before \
              the first time.",
    parameters: &[Parameter::condition("cond")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| {
        let mut since = f64::NAN;
        map(move |cond| {
            since = if cond > 0.0 { 0.0 } else { since + 1.0 };
            since
        })
    },
    fold: None,
    example: "bars_since(cross_above(close, sma(close, 50))) < 5",
};

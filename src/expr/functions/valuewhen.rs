//! `valuewhen(cond, x, k)`: x as it was then.

use super::kernel::Delay;
use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "valuewhen",
    group: Group::Events,
    summary: "x as of the last bar on which the condition was true; with k = 1 as of the \
              time before that, and so on. Undefined before there was such a bar, and \
              where x was undefined on it.",
    parameters: &[
        Parameter::condition("cond"),
        Parameter::number("x"),
        Parameter::count("k", 0, 1_000).or(0.0),
    ],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut earlier = (c[0] > 0.0).then(|| Delay::new(c[0] as usize, f64::NAN));
        let mut value = f64::NAN;
        per_bar(move |[cond, x]| {
            if cond > 0.0 {
                value = earlier.as_mut().map_or(x, |earlier| earlier.push(x));
            }
            [value]
        })
    },
    fold: None,
    example: "close > valuewhen(high[5] == highest(high, 11), high[5])",
};

//! `roc(x, n)`: the rate of change.

use super::kernel::Delay;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "roc",
    group: Group::Oscillator,
    summary: "Rate of change in percent: 100 × (x / x[n] - 1); undefined where x[n] is 0.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut before = Delay::new(c[0] as usize, f64::NAN);
        map(move |x| (x / before.push(x) - 1.0) * 100.0)
    },
    fold: None,
    example: "roc(close, 60) > 0",
};

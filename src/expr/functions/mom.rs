//! `mom(x, n)`: momentum.

use super::kernel::Delay;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "mom",
    group: Group::Oscillator,
    summary: "Momentum: x - x[n].",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut before = Delay::new(c[0] as usize, f64::NAN);
        map(move |x| x - before.push(x))
    },
    fold: None,
    example: "mom(close, 10) > 0",
};

//! `rocp(x, n)`: the rate of change as a fraction.

use super::kernel::Delay;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "rocp",
    group: Group::Oscillator,
    summary: "Rate of change as a fraction: (x - x[n]) / x[n], so rocp(close, 1) is the \
              return of a bar; undefined where x[n] is 0.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut before = Delay::new(c[0] as usize, f64::NAN);
        map(move |x| {
            let before = before.push(x);
            (x - before) / before
        })
    },
    fold: None,
    example: "rocp(close, 20) > 0.05",
};

//! `log_return(x, n)`: the logarithmic return.

use super::kernel::Delay;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "log_return",
    group: Group::Statistics,
    summary: "Logarithmic return over n bars: log(x / x[n]); undefined unless the quotient \
              is positive.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1).or(1.0)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut before = Delay::new(c[0] as usize, f64::NAN);
        map(move |x| libm::log(x / before.push(x)))
    },
    fold: None,
    example: "stdev(log_return(close), 20) < 0.02",
};

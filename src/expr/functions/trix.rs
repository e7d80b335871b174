//! `trix(x, n)`: the change of a triple EMA.

use super::kernel::Smoothing;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "trix",
    group: Group::Oscillator,
    summary: "TRIX: the change per bar, in percent, of an EMA of n bars applied three times.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| 3 * c[0] as usize - 2,
    build: |c| {
        let mut averages = [c[0]; 3].map(Smoothing::exponential);
        let mut last = f64::NAN;
        map(move |x| {
            let average = averages.iter_mut().fold(x, |value, average| average.push(value));
            if average.is_nan() {
                return average;
            }
            100.0 * (average / std::mem::replace(&mut last, average) - 1.0)
        })
    },
    fold: None,
    example: "trix(close, 15) > 0",
};

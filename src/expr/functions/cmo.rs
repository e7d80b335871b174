//! `cmo(x, n)`: Chande's momentum oscillator.

use super::kernel::{Smoothing, is_zero};
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "cmo",
    group: Group::Oscillator,
    summary: "Chande's momentum oscillator, -100 to 100: 100 × (average rise - average fall) \
              / (average rise + average fall), both Wilder's averages over n changes as \
              TA-Lib has it; 0 where nothing changed.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let [mut rise, mut fall] = [c[0]; 2].map(Smoothing::wilder);
        let mut last = f64::NAN;
        map(move |x| {
            if x.is_nan() {
                return x;
            }
            let change = x - std::mem::replace(&mut last, x);
            if change.is_nan() {
                return change;
            }
            let (rise, fall) = (rise.push(change.max(0.0)), fall.push((-change).max(0.0)));
            let moved = rise + fall;
            if is_zero(moved) { 0.0 } else { 100.0 * (rise - fall) / moved }
        })
    },
    fold: None,
    example: "cmo(close, 14) > 0",
};

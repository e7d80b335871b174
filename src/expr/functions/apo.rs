//! `apo(x, fast, slow)`: the absolute price oscillator.

use super::kernel::Smoothing;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "apo",
    group: Group::Oscillator,
    summary: "Absolute price oscillator: ema(x, fast) - ema(x, slow).",
    parameters: &[
        Parameter::number("x"),
        Parameter::window("fast", 1).or(12.0),
        Parameter::window("slow", 1).or(26.0),
    ],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0].max(c[1]) as usize - 1,
    build: |c| {
        // As in TA-Lib, the shorter one is the fast one whatever the order.
        let mut fast = Smoothing::exponential(c[0].min(c[1]));
        let mut slow = Smoothing::exponential(c[0].max(c[1]));
        map(move |x| {
            let slow = slow.push(x);
            fast.push(x) - slow
        })
    },
    fold: None,
    example: "apo(close, 12, 26) > 0",
};

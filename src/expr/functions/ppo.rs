//! `ppo(x, fast, slow)`: the percentage price oscillator.

use super::kernel::Smoothing;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "ppo",
    group: Group::Oscillator,
    summary: "Percentage price oscillator: 100 × (ema(x, fast) - ema(x, slow)) / ema(x, slow).",
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
            100.0 * (fast.push(x) - slow) / slow
        })
    },
    fold: None,
    example: "ppo(close, 12, 26) > 0",
};

//! `macd(x, fast, slow, signal)`: moving average convergence divergence.

use super::kernel::{Convergence, Smoothing};
use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "macd",
    group: Group::Oscillator,
    summary: "Moving average convergence divergence: line = ema(x, fast) - ema(x, slow) with \
              both averages seeded at the same bar, signal = ema(line, signal), hist = line \
              - signal; all three start together.",
    parameters: &[
        Parameter::number("x"),
        Parameter::window("fast", 1).or(12.0),
        Parameter::window("slow", 1).or(26.0),
        Parameter::window("signal", 1).or(9.0),
    ],
    implicit: &[],
    outputs: &["line", "signal", "hist"],
    condition: false,
    first: |c| (c[0].max(c[1]) + c[2]) as usize - 2,
    build: |c| {
        let mut averages = Convergence::new(c[0], c[1]);
        let mut signal = Smoothing::exponential(c[2]);
        per_bar(move |[x]| {
            let (fast, slow) = averages.push(x);
            let line = fast - slow;
            let signal = signal.push(line);
            let hist = line - signal;
            // Like TA-Lib, the line is held back until its signal is there.
            [line, signal, hist].map(|value| if hist.is_nan() { f64::NAN } else { value })
        })
    },
    fold: None,
    example: "cross_above(macd(close, 12, 26, 9).line, macd(close, 12, 26, 9).signal)",
};

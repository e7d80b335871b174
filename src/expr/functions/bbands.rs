//! `bbands(x, n, k)`: Bollinger bands.

use super::kernel::{Moments, Sliding};
use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "bbands",
    group: Group::Volatility,
    summary: "Bollinger bands: middle = sma(x, n), upper and lower k standard deviations \
              (ddof 0) above and below.",
    parameters: &[
        Parameter::number("x"),
        Parameter::window("n", 1).or(20.0),
        Parameter::constant("k", 0.0, 100.0).or(2.0),
    ],
    implicit: &[],
    outputs: &["upper", "middle", "lower"],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let (mut window, k) = (Sliding::<Moments>::new(c[0] as usize), c[1]);
        per_bar(move |[x]| {
            let window = window.push(x);
            let width = k * window.deviation();
            [window.mean + width, window.mean, window.mean - width]
        })
    },
    fold: None,
    example: "close < bbands(close, 20, 2).lower",
};

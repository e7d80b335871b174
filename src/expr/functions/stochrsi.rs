//! `stochrsi(x, n, k, d)`: the stochastic oscillator of the RSI.

use super::kernel::{Channel, RollingMean, Strength};
use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "stochrsi",
    group: Group::Oscillator,
    summary: "Stochastic RSI, 0 to 100: k = where rsi(x, n) lies between its lowest and \
              highest of k bars (0 where they are equal but for rounding), d = the mean of \
              k over d bars; both start together. As in TA-Lib, k is the fast one; some \
              charts show the mean of k over 3 bars as k.",
    parameters: &[
        Parameter::number("x"),
        Parameter::window("n", 1).or(14.0),
        Parameter::window("k", 1).or(5.0),
        Parameter::window("d", 1).or(3.0),
    ],
    implicit: &[],
    outputs: &["k", "d"],
    condition: false,
    first: |c| (c[0] + c[1] + c[2]) as usize - 2,
    build: |c| {
        let (mut strength, mut channel) = (Strength::new(c[0]), Channel::new(c[1] as usize));
        let mut mean = RollingMean::new(c[2] as usize);
        per_bar(move |[x]| {
            let index = strength.push(x);
            let [top, bottom] = channel.push(index, index);
            let range = top - bottom;
            let k = if range < RESIDUE { 0.0 } else { 100.0 * ((index - bottom) / range) };
            let d = mean.push(k);
            [if d.is_nan() { d } else { k }, d]
        })
    },
    fold: None,
    example: "cross_above(stochrsi(close, 14, 14, 3).d, 20)",
};

/// A price that stands still leaves its RSI where it was, but for rounding: smaller ranges are none.
const RESIDUE: f64 = 1e-10;

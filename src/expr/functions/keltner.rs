//! `keltner(x, n, range, k)`: Keltner channels.

use super::kernel::{AverageTrueRange, Smoothing};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "keltner",
    group: Group::Volatility,
    summary: "Keltner channels in Raschke's form: middle = ema(x, n), upper and lower k × \
              atr(range) above and below.",
    parameters: &[
        Parameter::number("x"),
        Parameter::window("n", 1).or(20.0),
        Parameter::window("range", 1).or(10.0),
        Parameter::constant("k", 0.0, 100.0).or(2.0),
    ],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &["upper", "middle", "lower"],
    condition: false,
    first: |c| (c[0] as usize - 1).max(c[1] as usize),
    build: |c| {
        let (mut middle, mut range, k) =
            (Smoothing::exponential(c[0]), AverageTrueRange::new(c[1]), c[2]);
        per_bar(move |[x, high, low, close]| {
            let (middle, width) = (middle.push(x), k * range.push([high, low, close]));
            [middle + width, middle, middle - width]
        })
    },
    fold: None,
    example: "close > keltner(close, 20, 10, 2).upper",
};

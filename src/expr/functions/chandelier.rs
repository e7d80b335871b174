//! `chandelier(n, k)`: the chandelier exit.

use super::kernel::{AverageTrueRange, Channel};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "chandelier",
    group: Group::Volatility,
    summary: "Chandelier exit (LeBeau): long = highest(high, n) - k × atr(n), the stop of \
              a long position; short = lowest(low, n) + k × atr(n), that of a short one.",
    parameters: &[Parameter::window("n", 1).or(22.0), Parameter::constant("k", 0.0, 100.0).or(3.0)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &["long", "short"],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let (mut channel, mut range, k) =
            (Channel::new(c[0] as usize), AverageTrueRange::new(c[0]), c[1]);
        per_bar(move |bar: [f64; 3]| {
            let [top, bottom] = channel.push(bar[0], bar[1]);
            let width = k * range.push(bar);
            [top - width, bottom + width]
        })
    },
    fold: None,
    example: "close < chandelier(22, 3).long",
};

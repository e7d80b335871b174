//! `garman_klass(n)`: volatility from all four prices.

use super::kernel::RollingMean;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "garman_klass",
    group: Group::Volatility,
    summary: "Volatility per bar from range and body (Garman and Klass, 1980): the root of \
              the mean over n bars of log(high / low)² / 2 - (2 log 2 - 1) × log(close / \
              open)². It takes no notice of gaps between bars and assumes that there is no \
              drift.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::Open, Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut mean = RollingMean::new(c[0] as usize);
        let share = 2.0 * std::f64::consts::LN_2 - 1.0;
        per_bar(move |[open, high, low, close]| {
            let (range, body) = (libm::log(high / low), libm::log(close / open));
            [mean.push(0.5 * range * range - share * body * body).sqrt()]
        })
    },
    fold: None,
    example: "garman_klass(20) < garman_klass(100)",
};

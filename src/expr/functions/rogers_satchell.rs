//! `rogers_satchell(n)`: volatility from all four prices, whatever the drift.

use super::kernel::{RollingMean, driftless_variance};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "rogers_satchell",
    group: Group::Volatility,
    summary: "Volatility per bar, whatever the drift (Rogers and Satchell, 1991): the root \
              of the mean over n bars of log(high / close) × log(high / open) + log(low / \
              close) × log(low / open). It takes no notice of gaps between bars.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::Open, Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut mean = RollingMean::new(c[0] as usize);
        per_bar(move |bar| [mean.push(driftless_variance(bar).0).sqrt()])
    },
    fold: None,
    example: "rogers_satchell(20) * sqrt(252) < 0.2",
};

//! `parkinson(n)`: volatility from high and low.

use super::kernel::RollingMean;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "parkinson",
    group: Group::Volatility,
    summary: "Volatility per bar from the range (Parkinson, 1980): the root of the mean \
              over n bars of log(high / low)² / (4 log 2). Times the root of the bars per \
              year it is annual; it takes no notice of gaps between bars.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut mean = RollingMean::new(c[0] as usize);
        let scale = 1.0 / (4.0 * std::f64::consts::LN_2);
        per_bar(move |[high, low]| {
            let range = libm::log(high / low);
            [mean.push(scale * range * range).sqrt()]
        })
    },
    fold: None,
    example: "parkinson(20) * sqrt(252) < 0.2",
};

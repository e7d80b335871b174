//! `cci(n)`: the commodity channel index.

use super::kernel::{Delay, RollingMean};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "cci",
    group: Group::Oscillator,
    summary: "Commodity channel index: (p - mean) / (0.015 × mean absolute deviation) of the \
              typical price p = (high + low + close) / 3 over n bars; 0 where p equals its \
              mean.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let n = c[0] as usize;
        let (mut window, mut mean) = (Delay::new(n, f64::NAN), RollingMean::new(n));
        per_bar(move |[high, low, close]| {
            let price = (high + low + close) / 3.0;
            window.push(price);
            let mean = mean.push(price);
            let distance = price - mean;
            let total: f64 = window.values().iter().map(|p| (p - mean).abs()).sum();
            [if distance == 0.0 { 0.0 } else { distance / (0.015 * (total / n as f64)) }]
        })
    },
    fold: None,
    example: "cci(20) < -100",
};

//! `vwma(x, n)`: the volume-weighted moving average.

use super::kernel::{Flat, Sliding, Sum};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "vwma",
    group: Group::MovingAverage,
    summary: "Volume-weighted moving average: the sum of x × volume over the last n bars \
              divided by that of volume; undefined where nothing was traded.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[Series::Volume],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let n = c[0] as usize;
        let (mut weighted, mut weights, mut flat) =
            (Sliding::<Sum>::new(n), Sliding::<Sum>::new(n), Flat::new(n));
        per_bar(move |[x, volume]| {
            let (weighted, weights) = (weighted.push(x * volume).0, weights.push(volume).0);
            let is_flat = flat.push(x);
            let mean = if is_flat { x } else { weighted / weights };
            [if weights > 0.0 { mean } else { f64::NAN }]
        })
    },
    fold: None,
    example: "close > vwma(close, 20)",
};

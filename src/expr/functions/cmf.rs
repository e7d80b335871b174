//! `cmf(n)`: Chaikin's money flow.

use super::kernel::{Sliding, Sums, money_flow};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "cmf",
    group: Group::Volume,
    summary: "Chaikin's money flow, -1 to 1: the sum over n bars of volume × ((close - \
              low) - (high - close)) / (high - low), 0 where high equals low, divided by \
              the sum of volume; undefined where nothing was traded.",
    parameters: &[Parameter::window("n", 1).or(20.0)],
    implicit: &[Series::High, Series::Low, Series::Close, Series::Volume],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Sums<2>>::new(c[0] as usize);
        per_bar(move |bar: [f64; 4]| {
            let [flow, volume] = window.push([money_flow(bar), bar[3]]).0;
            [flow / volume]
        })
    },
    fold: None,
    example: "cmf(20) > 0.1",
};

//! `natr(n)`: the average true range relative to the price.

use super::kernel::AverageRange;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "natr",
    group: Group::Volatility,
    summary: "Average true range in percent of the close: 100 × atr(n) / close.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut average = AverageRange::new(c[0]);
        per_bar(move |[high, low, close]| [100.0 * average.push(high, low, close) / close])
    },
    fold: None,
    example: "natr(14) < 4",
};

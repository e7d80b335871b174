//! `natr(n)`: the average true range relative to the price.

use super::kernel::AverageTrueRange;
use super::operator::columns;
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
        let mut average = AverageTrueRange::new(c[0]);
        columns(move |bars, out| {
            average.run(bars, out);
            for (out, close) in out.iter_mut().zip(bars[2]) {
                *out = 100.0 * *out / close;
            }
        })
    },
    fold: None,
    example: "natr(14) < 4",
};

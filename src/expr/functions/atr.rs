//! `atr(n)`: Wilder's average true range.

use super::kernel::{Smoothing, TrueRange};
use super::operator::columns;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "atr",
    group: Group::Volatility,
    summary: "Wilder's average true range, in price, seeded with the mean of the first n \
              true ranges.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let (mut range, mut average) = (TrueRange::new(), Smoothing::wilder(c[0]));
        columns(move |bars, out| {
            range.run(bars, out);
            average.run_in_place(out);
        })
    },
    fold: None,
    example: "close < highest(close, 20) - 3 * atr(14)",
};

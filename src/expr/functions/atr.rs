//! `atr(n)`: Wilder's average true range.

use super::kernel::AverageTrueRange;
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
        let mut average = AverageTrueRange::new(c[0]);
        columns(move |bars, out| average.run(bars, out))
    },
    fold: None,
    example: "close < highest(close, 20) - 3 * atr(14)",
};

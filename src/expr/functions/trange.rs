//! `trange`: the true range.

use super::kernel::true_range;
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "trange",
    group: Group::Volatility,
    summary: "True range: the largest of high - low, |high - close[1]| and |low - close[1]|.",
    parameters: &[],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |_| 1,
    build: |_| {
        let mut last_close = f64::NAN;
        per_bar(move |[high, low, close]| {
            let previous = std::mem::replace(&mut last_close, close);
            let range = true_range(high, low, previous);
            [if previous.is_nan() || close.is_nan() { f64::NAN } else { range }]
        })
    },
    fold: None,
    example: "trange > 2 * atr(14)",
};

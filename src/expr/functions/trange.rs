//! `trange`: the true range.

use super::kernel::TrueRange;
use super::operator::columns;
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
        let mut range = TrueRange::new();
        columns(move |bars, out| range.run(bars, out))
    },
    fold: None,
    example: "trange > 2 * atr(14)",
};

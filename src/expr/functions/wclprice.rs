//! `wclprice`: the weighted close.

use super::kernel::halfway;
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "wclprice",
    group: Group::Price,
    summary: "Weighted close: (high + low + 2 × close) / 4.",
    parameters: &[],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| per_bar(|[high, low, close]| [halfway(halfway(high, low), close)]),
    fold: None,
    example: "rsi(wclprice, 14) < 30",
};

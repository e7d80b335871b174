//! `avgprice`: the mean of the four prices.

use super::kernel::halfway;
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "avgprice",
    group: Group::Price,
    summary: "Average price: (open + high + low + close) / 4.",
    parameters: &[],
    implicit: &[Series::Open, Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| {
        per_bar(|[open, high, low, close]| [halfway(halfway(open, close), halfway(high, low))])
    },
    fold: None,
    example: "close > avgprice",
};

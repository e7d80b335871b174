//! `medprice`: the middle of the bar.

use super::kernel::halfway;
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "medprice",
    group: Group::Price,
    summary: "Median price: (high + low) / 2.",
    parameters: &[],
    implicit: &[Series::High, Series::Low],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| per_bar(|[high, low]| [halfway(high, low)]),
    fold: None,
    example: "medprice > sma(medprice, 34)",
};

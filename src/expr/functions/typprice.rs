//! `typprice`: the typical price.

use super::kernel::typical;
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "typprice",
    group: Group::Price,
    summary: "Typical price: (high + low + close) / 3.",
    parameters: &[],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| per_bar(|[high, low, close]| [typical(high, low, close)]),
    fold: None,
    example: "typprice > vwma(typprice, 20)",
};

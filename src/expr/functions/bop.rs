//! `bop`: the balance of power.

use super::kernel::is_zero;
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "bop",
    group: Group::Oscillator,
    summary: "Balance of power, -1 to 1: (close - open) / (high - low); 0 where high equals low.",
    parameters: &[],
    implicit: &[Series::Open, Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| {
        per_bar(|[open, high, low, close]| {
            let (body, range) = (close - open, high - low);
            let flat = is_zero(range) && !body.is_nan();
            [if flat { 0.0 } else { body / range }]
        })
    },
    fold: None,
    example: "sma(bop, 14) > 0",
};

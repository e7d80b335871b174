//! `obv`: on-balance volume.

use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "obv",
    group: Group::Volume,
    summary: "On-balance volume: the running total of volume, added on bars that close \
              higher and subtracted on bars that close lower; it starts with the first \
              volume, so only its changes mean something.",
    parameters: &[],
    implicit: &[Series::Close, Series::Volume],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| {
        let (mut last_close, mut total) = (f64::NAN, 0.0);
        per_bar(move |[close, volume]| {
            if close.is_nan() || volume.is_nan() {
                return [f64::NAN];
            }
            let before = std::mem::replace(&mut last_close, close);
            if close < before {
                total -= volume;
            } else if close > before || before.is_nan() {
                total += volume;
            }
            [total]
        })
    },
    fold: None,
    example: "obv > sma(obv, 20)",
};

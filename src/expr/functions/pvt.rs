//! `pvt`: the price-volume trend.

use super::operator::{defined, per_bar};
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "pvt",
    group: Group::Volume,
    summary: "Price-volume trend: the running total of volume × (close - close[1]) / \
              close[1], which starts with the second bar; only its changes mean something.",
    parameters: &[],
    implicit: &[Series::Close, Series::Volume],
    outputs: &[],
    condition: false,
    first: |_| 1,
    build: |_| {
        let (mut last_close, mut total) = (f64::NAN, 0.0);
        per_bar(move |[close, volume]| {
            if close.is_nan() || volume.is_nan() {
                return [f64::NAN];
            }
            let before = std::mem::replace(&mut last_close, close);
            let flow = volume * defined((close - before) / before);
            if flow.is_nan() {
                return [flow];
            }
            total += flow;
            [total]
        })
    },
    fold: None,
    example: "pvt > sma(pvt, 50)",
};

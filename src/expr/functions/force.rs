//! `force(n)`: Elder's force index.

use super::kernel::Smoothing;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "force",
    group: Group::Volume,
    summary: "Elder's force index: ema((close - close[1]) × volume, n).",
    parameters: &[Parameter::window("n", 1).or(13.0)],
    implicit: &[Series::Close, Series::Volume],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let (mut average, mut last_close) = (Smoothing::exponential(c[0]), f64::NAN);
        per_bar(move |[close, volume]| {
            let change = close - std::mem::replace(&mut last_close, close);
            [average.push(change * volume)]
        })
    },
    fold: None,
    example: "force(13) > 0",
};

//! `ad`: the accumulation/distribution line.

use super::kernel::Accumulation;
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "ad",
    group: Group::Volume,
    summary: "Accumulation/distribution line: the running total of volume × ((close - low) - \
              (high - close)) / (high - low), 0 where high equals low; only its changes mean \
              something.",
    parameters: &[],
    implicit: &[Series::High, Series::Low, Series::Close, Series::Volume],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| {
        let mut line = Accumulation::new();
        per_bar(move |bar| [line.push(bar)])
    },
    fold: None,
    example: "slope(ad, 20) > 0",
};

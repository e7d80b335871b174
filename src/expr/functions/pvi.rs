//! `pvi`: the positive volume index.

use super::kernel::VolumeIndex;
use super::operator::per_bar;
use super::{Function, Group};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "pvi",
    group: Group::Volume,
    summary: "Positive volume index (Dysart, Fosback): 1000 at the first bar, and \
              multiplied by close / close[1] on each bar whose volume rose; only its \
              relative changes mean something.",
    parameters: &[],
    implicit: &[Series::Close, Series::Volume],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| {
        let mut index = VolumeIndex::new();
        per_bar(move |bar| [index.push(bar, |now, before| now > before)])
    },
    fold: None,
    example: "pvi > ema(pvi, 255)",
};

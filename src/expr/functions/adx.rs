//! `adx(n)`: Wilder's average directional index.

use super::kernel::AverageDirectional;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "adx",
    group: Group::Oscillator,
    summary: "Wilder's average directional index, 0 to 100: Wilder's average over n bars of \
              100 × |+DI - -DI| / (+DI + -DI); a bar on which both are 0 leaves it as it \
              was.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| 2 * c[0] as usize - 1,
    build: |c| {
        let mut average = AverageDirectional::new(c[0]);
        per_bar(move |bar| [average.push(bar)])
    },
    fold: None,
    example: "adx(14) > 25",
};

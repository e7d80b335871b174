//! `dx(n)`: Wilder's directional index.

use super::kernel::Directional;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "dx",
    group: Group::Oscillator,
    summary: "Wilder's directional index, 0 to 100: 100 × |+DI - -DI| / (+DI + -DI) over n \
              bars; where both are 0 it keeps its last value, which is 0 at first. Its \
              average is adx(n).",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let (mut directional, mut last) = (Directional::new(c[0]), 0.0);
        per_bar(move |bar| {
            let Some(now) = directional.push(bar) else { return [f64::NAN] };
            last = now.index().unwrap_or(last);
            [last]
        })
    },
    fold: None,
    example: "dx(14) > adx(14)",
};

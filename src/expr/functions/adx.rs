//! `adx(n)`: Wilder's average directional index.

use super::kernel::{Directional, is_zero};
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
        let (n, mut directional) = (c[0], Directional::new(c[0]));
        let (mut seen, mut average) = (0.0, 0.0);
        per_bar(move |[high, low, close]| {
            let Some(now) = directional.push(high, low, close) else { return [f64::NAN] };
            let total = now.plus + now.minus;
            let index = (!is_zero(total)).then(|| 100.0 * (now.plus - now.minus).abs() / total);
            if seen < n {
                seen += 1.0;
                average += index.unwrap_or(0.0) / n;
            } else if let Some(index) = index {
                average += (index - average) / n;
            }
            [if seen < n { f64::NAN } else { average }]
        })
    },
    fold: None,
    example: "adx(14) > 25",
};

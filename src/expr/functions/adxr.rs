//! `adxr(n)`: Wilder's directional movement rating.

use super::kernel::{AverageDirectional, Delay, halfway};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "adxr",
    group: Group::Oscillator,
    summary: "Wilder's average directional movement rating, 0 to 100: the mean of adx(n) \
              now and n - 1 bars ago, as TA-Lib counts.",
    parameters: &[Parameter::window("n", 2)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| 3 * c[0] as usize - 2,
    build: |c| {
        let mut average = AverageDirectional::new(c[0]);
        let mut before = Delay::new(c[0] as usize - 1, f64::NAN);
        per_bar(move |bar| {
            let now = average.push(bar);
            [if now.is_nan() { now } else { halfway(now, before.push(now)) }]
        })
    },
    fold: None,
    example: "adxr(14) > 20",
};

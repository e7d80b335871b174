//! `minus_di(n)`: Wilder's -DI.

use super::kernel::Directional;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "minus_di",
    group: Group::Oscillator,
    summary: "Wilder's -DI: smoothed downward movement in percent of the smoothed true range \
              over n bars; movement is the fall of the low where it is larger than the rise \
              of the high.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut directional = Directional::new(c[0]);
        per_bar(move |bar| [directional.push(bar).map_or(f64::NAN, |now| now.minus)])
    },
    fold: None,
    example: "minus_di(14) > plus_di(14)",
};

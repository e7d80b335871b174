//! `plus_di(n)`: Wilder's +DI.

use super::kernel::Directional;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "plus_di",
    group: Group::Oscillator,
    summary: "Wilder's +DI: smoothed upward movement in percent of the smoothed true range \
              over n bars; movement is the rise of the high where it is larger than the fall \
              of the low.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut directional = Directional::new(c[0]);
        per_bar(move |bar| [directional.push(bar).map_or(f64::NAN, |now| now.plus)])
    },
    fold: None,
    example: "plus_di(14) > minus_di(14)",
};

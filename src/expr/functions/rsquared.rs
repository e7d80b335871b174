//! `rsquared(x, n)`: how well a line fits.

use super::kernel::{Moments, Sliding, Trend};
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "rsquared",
    group: Group::Statistics,
    summary: "Coefficient of determination of the least-squares line through the last n \
              values, 0 to 1: the share of their variance that it explains; undefined \
              where all are equal.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 3)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let n = c[0] as usize;
        let (mut line, mut all) = (Sliding::<Trend>::new(n), Sliding::<Moments>::new(n));
        map(move |x| {
            let share = line.push(x).explained() / all.push(x).variance();
            // Rounding must not explain more than everything.
            if share > 1.0 { 1.0 } else { share }
        })
    },
    fold: None,
    example: "slope(log(close), 90) * rsquared(log(close), 90) > 0.001",
};

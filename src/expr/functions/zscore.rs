//! `zscore(x, n)`: the distance from the mean.

use super::kernel::{Moments, Sliding};
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "zscore",
    group: Group::Statistics,
    summary: "Distance of x from the mean of the last n values, in their standard deviations \
              (ddof 0); undefined where they are all equal.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Moments>::new(c[0] as usize);
        map(move |x| {
            let window = window.push(x);
            (x - window.mean) / window.deviation()
        })
    },
    fold: None,
    example: "zscore(close, 20) < -2",
};

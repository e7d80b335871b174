//! `t3(x, n, v)`: Tillson's T3.

use super::kernel::Smoothing;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "t3",
    group: Group::MovingAverage,
    summary: "Tillson's T3: an EMA of n bars applied six times, with the last four combined \
              by the volume factor v (0 gives the third EMA, higher is quicker).",
    parameters: &[
        Parameter::number("x"),
        Parameter::window("n", 1).or(5.0),
        Parameter::constant("v", 0.0, 1.0).or(0.7),
    ],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| 6 * (c[0] as usize - 1),
    build: |c| {
        let mut averages = [c[0]; 6].map(Smoothing::exponential);
        let v = c[1];
        let (square, cube) = (v * v, v * v * v);
        let weights = [
            1.0 + 3.0 * v + 3.0 * square + cube,
            -3.0 * v - 6.0 * square - 3.0 * cube,
            3.0 * square + 3.0 * cube,
            -cube,
        ];
        map(move |x| {
            let mut value = x;
            let stages = averages.each_mut().map(|average| {
                value = average.push(value);
                value
            });
            weights.iter().zip(&stages[2..]).map(|(weight, stage)| weight * stage).sum()
        })
    },
    fold: None,
    example: "rising(t3(close, 5, 0.7), 2)",
};

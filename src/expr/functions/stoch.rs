//! `stoch(n, smooth, d)`: the stochastic oscillator.

use super::kernel::{Channel, RollingMean};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "stoch",
    group: Group::Oscillator,
    summary: "Stochastic oscillator, 0 to 100: where the close lies between the lowest low \
              and the highest high of n bars (0 where they are equal); k is its mean over \
              smooth bars, d the mean of k over d bars; both start together.",
    parameters: &[
        Parameter::window("n", 1).or(14.0),
        Parameter::window("smooth", 1).or(3.0),
        Parameter::window("d", 1).or(3.0),
    ],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &["k", "d"],
    condition: false,
    first: |c| (c[0] + c[1] + c[2]) as usize - 3,
    build: |c| {
        let mut channel = Channel::new(c[0] as usize);
        let [mut k, mut d] = [c[1], c[2]].map(|n| RollingMean::new(n as usize));
        per_bar(move |bar| {
            let k = k.push(channel.place(bar));
            let d = d.push(k);
            [if d.is_nan() { d } else { k }, d]
        })
    },
    fold: None,
    example: "cross_above(stoch(14, 3, 3).k, stoch(14, 3, 3).d)",
};

//! `willr(n)`: Williams' %R.

use super::kernel::Channel;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "willr",
    group: Group::Oscillator,
    summary: "Williams' %R, -100 to 0: how far the close lies below the highest high of n \
              bars, in percent of their range; 0 where the range is 0.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut channel = Channel::new(c[0] as usize);
        per_bar(move |[high, low, close]| {
            let [top, bottom] = channel.push(high, low);
            let (below, range) = (top - close, top - bottom);
            let flat = range == 0.0 && !below.is_nan();
            [if flat { 0.0 } else { -100.0 * (below / range) }]
        })
    },
    fold: None,
    example: "willr(14) < -80",
};

//! `donchian(n)`: the Donchian channel.

use super::kernel::{Channel, halfway};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "donchian",
    group: Group::Volatility,
    summary: "Donchian channel: upper = the highest high, lower = the lowest low of the \
              last n bars, middle = halfway between. The current bar is one of them, so no \
              close is ever outside: a breakout is close > donchian(n).upper[1].",
    parameters: &[Parameter::window("n", 1).or(20.0)],
    implicit: &[Series::High, Series::Low],
    outputs: &["upper", "middle", "lower"],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut channel = Channel::new(c[0] as usize);
        per_bar(move |[high, low]| {
            let [upper, lower] = channel.push(high, low);
            [upper, halfway(upper, lower), lower]
        })
    },
    fold: None,
    example: "close > donchian(20).upper[1]",
};

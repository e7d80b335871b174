//! `choppiness(n)`: the choppiness index.

use super::kernel::{Channel, Sliding, Sum, true_range};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "choppiness",
    group: Group::Oscillator,
    summary: "Choppiness index (Dreiss), about 0 to 100: 100 × log(sum of the true ranges \
              over n bars / (highest high - lowest low of n bars)) / log(n); low in a \
              trend, high where prices go to and fro, undefined where the range is 0.",
    parameters: &[Parameter::window("n", 2)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let (mut path, mut channel) =
            (Sliding::<Sum>::new(c[0] as usize), Channel::new(c[0] as usize));
        let (scale, mut last_close) = (100.0 / libm::log(c[0]), f64::NAN);
        per_bar(move |[high, low, close]| {
            let last_close = std::mem::replace(&mut last_close, close);
            let path = path.push(true_range(high, low, last_close)).0;
            let [top, bottom] = channel.push(high, low);
            [scale * libm::log(path / (top - bottom))]
        })
    },
    fold: None,
    example: "choppiness(14) < 38.2",
};

//! `vortex(n)`: the vortex indicator.

use super::kernel::{Sliding, Sums, true_range};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "vortex",
    group: Group::Oscillator,
    summary: "Vortex indicator (Botes and Siepman, 2010): plus = the sum over n bars of \
              |high - low[1]|, minus = that of |low - high[1]|, both divided by the sum of \
              the true ranges; undefined where these are 0.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &["plus", "minus"],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut window = Sliding::<Sums<3>>::new(c[0] as usize);
        let mut last = [f64::NAN; 3];
        per_bar(move |now: [f64; 3]| {
            let [high, low, _] = now;
            let [last_high, last_low, last_close] = std::mem::replace(&mut last, now);
            let range = true_range(high, low, last_close);
            let moves = [(high - last_low).abs(), (low - last_high).abs(), range];
            let [plus, minus, range] = window.push(moves).0;
            [plus / range, minus / range]
        })
    },
    fold: None,
    example: "cross_above(vortex(14).plus, vortex(14).minus)",
};

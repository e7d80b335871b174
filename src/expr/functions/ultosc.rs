//! `ultosc(short, middle, long)`: the ultimate oscillator.

use super::kernel::{Sliding, Sum, is_zero, true_range};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "ultosc",
    group: Group::Oscillator,
    summary: "Ultimate oscillator, 0 to 100: buying pressure (close - true low) divided by \
              true range, both summed over three windows, weighted 4 : 2 : 1 from the \
              shortest to the longest; a window without range counts 0.",
    parameters: &[
        Parameter::window("short", 1).or(7.0),
        Parameter::window("middle", 1).or(14.0),
        Parameter::window("long", 1).or(28.0),
    ],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0].max(c[1]).max(c[2]) as usize,
    build: |c| {
        let mut lengths = [c[0] as usize, c[1] as usize, c[2] as usize];
        lengths.sort_unstable();
        let mut sums = lengths.map(|n| [n; 2].map(Sliding::<Sum>::new));
        let mut last_close = f64::NAN;
        per_bar(move |[high, low, close]| {
            let before = std::mem::replace(&mut last_close, close);
            let range = true_range(high, low, before);
            let bottom = if before < low { before } else { low };
            // The comparison loses an undefined close before; the range has it.
            let pressure = close - bottom + 0.0 * range;
            let mut total = 0.0;
            for ([pressures, ranges], weight) in sums.iter_mut().zip([4.0, 2.0, 1.0]) {
                let (pressure, range) = (pressures.push(pressure).0, ranges.push(range).0);
                total += if is_zero(range) { 0.0 } else { weight * (pressure / range) };
            }
            [100.0 * total / 7.0]
        })
    },
    fold: None,
    example: "ultosc(7, 14, 28) < 30",
};

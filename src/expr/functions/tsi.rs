//! `tsi(x, slow, fast)`: the true strength index.

use super::kernel::Smoothing;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "tsi",
    group: Group::Oscillator,
    summary: "True strength index (Blau, 1991), -100 to 100: the change of x per bar, \
              averaged by an EMA of slow and then one of fast bars, in percent of its \
              magnitude averaged likewise; undefined where nothing changed.",
    parameters: &[
        Parameter::number("x"),
        Parameter::window("slow", 1).or(25.0),
        Parameter::window("fast", 1).or(13.0),
    ],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| (c[0] + c[1]) as usize - 1,
    build: |c| {
        let (slow, fast) = (c[0], c[1]);
        let [mut change, mut size] = [(); 2].map(|()| [slow, fast].map(Smoothing::exponential));
        let mut last = f64::NAN;
        map(move |x| {
            if x.is_nan() {
                return x;
            }
            let step = x - std::mem::replace(&mut last, x);
            let twice = |averages: &mut [Smoothing; 2], x: f64| {
                averages.iter_mut().fold(x, |value, average| average.push(value))
            };
            100.0 * (twice(&mut change, step) / twice(&mut size, step.abs()))
        })
    },
    fold: None,
    example: "tsi(close, 25, 13) > 0",
};

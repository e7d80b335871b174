//! `kama(x, n)`: Kaufman's adaptive moving average.

use super::kernel::{Delay, Sliding, Sum, is_zero};
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "kama",
    group: Group::MovingAverage,
    summary: "Kaufman's adaptive moving average: the share of each step lies between that of \
              EMAs over 30 and 2 bars, by how straight the way of the last n bars was \
              (distance / path), squared.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut average = Adaptive::new(c[0] as usize);
        map(move |x| average.push(x))
    },
    fold: None,
    example: "close > kama(close, 10)",
};

/// The average and the way of the last n bars; an undefined value is skipped.
struct Adaptive {
    before: Delay,
    path: Sliding<Sum>,
    last: f64,
    average: f64,
}

impl Adaptive {
    fn new(n: usize) -> Self {
        let path = Sliding::new(n);
        Self { before: Delay::new(n, f64::NAN), path, last: f64::NAN, average: f64::NAN }
    }

    fn push(&mut self, x: f64) -> f64 {
        if x.is_nan() {
            return x;
        }
        let last = std::mem::replace(&mut self.last, x);
        let distance = (x - self.before.push(x)).abs();
        let path = self.path.push((x - last).abs()).0;
        if distance.is_nan() {
            return f64::NAN;
        }
        // As in TA-Lib, a standstill counts as straight.
        let straight = if path <= distance || is_zero(path) { 1.0 } else { distance / path };
        let (slow, fast) = (2.0 / 31.0, 2.0 / 3.0);
        let root = straight * (fast - slow) + slow;
        // The first step starts from the value before it.
        let average = if self.average.is_nan() { last } else { self.average };
        self.average = average + root * root * (x - average);
        self.average
    }
}

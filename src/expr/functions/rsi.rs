//! `rsi(x, n)`: Wilder's relative strength index.

use super::kernel::is_zero;
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "rsi",
    group: Group::Oscillator,
    summary: "Wilder's relative strength index, 0 to 100: 100 × average rise / (average rise \
              + average fall), both Wilder's averages over n changes; 0 where nothing \
              changed.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut strength = Strength::new(c[0]);
        columns(move |[x], out| strength.run(x, out))
    },
    fold: None,
    example: "cross_above(rsi(close, 14), 30)",
};

/// Wilder's averages of rises and falls, each seeded with the mean of the first n changes.
struct Strength {
    n: f64,
    last: f64,
    seen: f64,
    rise: f64,
    fall: f64,
}

impl Strength {
    fn new(n: f64) -> Self {
        Self { n, last: f64::NAN, seen: 0.0, rise: 0.0, fall: 0.0 }
    }

    fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let mut start = 0;
        while self.seen < self.n && start < x.len() {
            out[start] = self.warm_up(x[start]);
            start += 1;
        }
        // The state stays in registers: through memory, each bar would wait for the last store.
        let alpha = 1.0 / self.n;
        let keep = 1.0 - alpha;
        let (mut last, mut rise, mut fall) = (self.last, self.rise, self.fall);
        for (out, x) in out[start..].iter_mut().zip(&x[start..]) {
            let change = x - last;
            if change.is_nan() {
                *out = f64::NAN;
                continue;
            }
            last = *x;
            rise = rise * keep + if change > 0.0 { change * alpha } else { 0.0 };
            fall = fall * keep - if change < 0.0 { change * alpha } else { 0.0 };
            *out = index(rise, fall);
        }
        (self.last, self.rise, self.fall) = (last, rise, fall);
    }

    fn warm_up(&mut self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        let change = x - std::mem::replace(&mut self.last, x);
        if change.is_nan() {
            return f64::NAN;
        }
        self.seen += 1.0;
        self.rise += (change.max(0.0) - self.rise) / self.seen;
        self.fall += ((-change).max(0.0) - self.fall) / self.seen;
        if self.seen < self.n { f64::NAN } else { index(self.rise, self.fall) }
    }
}

#[inline]
fn index(rise: f64, fall: f64) -> f64 {
    let moved = rise + fall;
    if is_zero(moved) { 0.0 } else { 100.0 * rise / moved }
}

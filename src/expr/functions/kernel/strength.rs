//! Wilder's relative strength.

use super::is_zero;

/// Wilder's averages of rises and falls, each seeded with the mean of the first n changes; an undefined
/// value is skipped.
pub(in crate::expr::functions) struct Strength {
    n: f64,
    last: f64,
    seen: f64,
    rise: f64,
    fall: f64,
}

impl Strength {
    pub(in crate::expr::functions) fn new(n: f64) -> Self {
        Self { n, last: f64::NAN, seen: 0.0, rise: 0.0, fall: 0.0 }
    }

    /// Takes the next value; the index, undefined until n changes are there.
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> f64 {
        let mut out = [f64::NAN];
        self.run(&[x], &mut out);
        out[0]
    }

    /// The same for many values.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
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

//! Rolling means that are exact where nothing moves.
//!
//! The sum of n equal values divided by n is often not that value but its neighbour. In a flat market
//! two averages would then differ by rounding and a strategy would trade on it, so a window of equal
//! values has that value as its mean.

use super::moments::Weighted;
use super::{Sliding, Sum};

/// Notices that the last n values are equal.
pub(in crate::expr::functions) struct Flat {
    n: usize,
    last: f64,
    run: usize,
}

impl Flat {
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        Self { n, last: f64::NAN, run: 0 }
    }

    /// Takes the next value; whether it and the n - 1 before it are all equal.
    #[inline]
    #[expect(clippy::float_cmp, reason = "exactly equal values are what this looks for")]
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> bool {
        self.run = if x == self.last { self.run + 1 } else { 1 };
        self.last = x;
        self.run >= self.n
    }

    /// Replaces the values of flat windows by what is in them.
    #[inline]
    fn settle(&mut self, x: &[f64], out: &mut [f64]) {
        let mut flat = Self { ..*self };
        for (out, x) in out.iter_mut().zip(x) {
            if flat.push(*x) {
                *out = *x;
            }
        }
        *self = flat;
    }
}

/// The mean of the last n values.
pub(in crate::expr::functions) struct RollingMean {
    sum: Sliding<Sum>,
    flat: Flat,
    n: f64,
}

impl RollingMean {
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        Self { sum: Sliding::new(n), flat: Flat::new(n), n: n as f64 }
    }

    /// Takes the next value; the mean of the last n.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> f64 {
        let mean = self.sum.push(x).0 / self.n;
        if self.flat.push(x) { x } else { mean }
    }

    /// The same for many values.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let n = self.n;
        self.sum.run(x, out, |sum| sum.0 / n);
        self.flat.settle(x, out);
    }
}

/// The mean of the last n values weighted 1 to n, the newest most.
pub(in crate::expr::functions) struct WeightedMean {
    sum: Sliding<Weighted>,
    flat: Flat,
    weights: f64,
}

impl WeightedMean {
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        let weights = n as f64 * (n as f64 + 1.0) / 2.0;
        Self { sum: Sliding::new(n), flat: Flat::new(n), weights }
    }

    /// Takes the next value; the weighted mean of the last n.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> f64 {
        let mean = self.sum.push(x).total / self.weights;
        if self.flat.push(x) { x } else { mean }
    }

    /// The same for many values.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let weights = self.weights;
        self.sum.run(x, out, |sum| sum.total / weights);
        self.flat.settle(x, out);
    }
}

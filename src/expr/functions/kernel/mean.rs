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
    ///
    /// After a run of r equal values, no window is flat before n - r more have come: only the value there
    /// is compared with those before it, down to the first that differs. Where prices move, that is one
    /// look at nearly n values.
    #[expect(clippy::float_cmp, reason = "exactly equal values are what this looks for")]
    pub(super) fn settle(&mut self, x: &[f64], out: &mut [f64]) {
        let mut start = 0;
        while start < x.len() {
            let missing = self.n.saturating_sub(self.run).max(1);
            let end = x.len().min(start + missing);
            let (new, value) = (&x[start..end], x[end - 1]);
            let before = std::mem::replace(&mut self.last, value);
            match new.iter().rposition(|x| *x != value) {
                Some(differs) => self.run = new.len() - 1 - differs,
                None if value == before => self.run += new.len(),
                None => self.run = new.len(),
            }
            if self.run >= self.n {
                out[end - 1] = value;
            }
            start = end;
        }
    }
}

/// The mean of the last n values.
pub(in crate::expr::functions) struct RollingMean {
    sum: Sliding<Sum>,
    flat: Flat,
    /// One n-th: a product per bar costs less than a quotient.
    share: f64,
}

impl RollingMean {
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        Self { sum: Sliding::new(n), flat: Flat::new(n), share: 1.0 / n as f64 }
    }

    /// Takes the next value; the mean of the last n.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> f64 {
        let mean = self.sum.push(x).0 * self.share;
        if self.flat.push(x) { x } else { mean }
    }

    /// The same for many values.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let share = self.share;
        self.sum.run(x, out, |sum| sum.0 * share);
        self.flat.settle(x, out);
    }
}

/// The mean of the last n values weighted 1 to n, the newest most.
pub(in crate::expr::functions) struct WeightedMean {
    sum: Sliding<Weighted>,
    flat: Flat,
    /// One over the sum of the weights.
    share: f64,
}

impl WeightedMean {
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        let share = 2.0 / (n as f64 * (n as f64 + 1.0));
        Self { sum: Sliding::new(n), flat: Flat::new(n), share }
    }

    /// Takes the next value; the weighted mean of the last n.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> f64 {
        let mean = self.sum.push(x).total * self.share;
        if self.flat.push(x) { x } else { mean }
    }

    /// The same for many values.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let share = self.share;
        self.sum.run(x, out, |sum| sum.total * share);
        self.flat.settle(x, out);
    }
}

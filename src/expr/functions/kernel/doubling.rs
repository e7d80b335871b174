//! The mean of a window whose sum is put together anew at each bar, a whole column at a time.
//!
//! The sum of 4, 16, 64, … values is that of four quarters; a window is made of one such sum, or two, for each
//! power of two in its length. No bar waits for the one before, so that every step is a vector instruction, and
//! nothing is subtracted: a value is gone to the bit once it has left the window.

use super::Flat;
use super::levels::{CHUNK, Levels};
use crate::wide::wide;

/// Means of the last n values.
pub(in crate::expr::functions) struct DoublingMean {
    n: usize,
    share: f64,
    flat: Flat,
    sums: Levels,
}

impl DoublingMean {
    /// Longest window for which this costs less than a [`RollingMean`](super::RollingMean): what a chunk
    /// costs grows with the window, too.
    pub(in crate::expr::functions) const MOST: usize = 256;

    /// A window of n values, at first all undefined.
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        Self { n, share: 1.0 / n as f64, flat: Flat::new(n), sums: Levels::new(n) }
    }

    /// The mean at each value goes to `out`.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        wide!({
            for (x, out) in x.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
                self.sums.take(x, |older, newer| older + newer);
                self.mean(out);
                self.sums.pass(x.len());
            }
        });
        self.flat.settle(x, out);
    }

    /// The means of these windows, from the sums that make one up: one for each power of two.
    #[inline(always)]
    fn mean(&self, out: &mut [f64]) {
        let mut done = 0;
        for power in (0..=self.n.ilog2() as usize).filter(|power| self.n >> power & 1 == 1) {
            let sums = &self.sums.of(power / 2)[done..];
            let is_first = done == 0;
            done += 1 << power;
            let share = if done == self.n { self.share } else { 1.0 };
            let add = |out: &mut f64, sum: f64| {
                *out = if is_first { sum } else { *out + sum } * share;
            };
            if power % 2 == 0 {
                out.iter_mut().zip(sums).for_each(|(out, sum)| add(out, *sum));
            } else {
                let halves = sums.iter().zip(&sums[1 << (power - 1)..]);
                out.iter_mut().zip(halves).for_each(|(out, (a, b))| add(out, a + b));
            }
        }
    }
}

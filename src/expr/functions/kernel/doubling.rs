//! The mean of a window whose sum is put together anew at each bar, a whole column at a time.
//!
//! The sum of 2, 4, 8, … values is that of two halves; a window is made of one such sum for each power of
//! two in its length. No bar waits for the one before, so that every step is a vector instruction, and
//! nothing is subtracted: a value is gone to the bit once it has left the window.

use super::Flat;
use crate::wide::{copy, wide};

/// Values that are taken at once: few enough that the sums of usual windows stay in L1.
const CHUNK: usize = 512;

/// Means of the last n values.
pub(in crate::expr::functions) struct DoublingMean {
    n: usize,
    share: f64,
    flat: Flat,
    /// At k, by the position of the first of them: sums of 2ᵏ values. At 0 the last n - 1 values, and
    /// room for a chunk that follows them.
    sums: Vec<Vec<f64>>,
}

impl DoublingMean {
    /// Longest window for which this costs less than a [`RollingMean`](super::RollingMean): what a chunk
    /// costs grows with the window, too.
    pub(in crate::expr::functions) const MOST: usize = 256;

    /// A window of n values, at first all undefined.
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        let powers = n.ilog2() as usize + 1;
        let sums = vec![vec![f64::NAN; n - 1 + CHUNK]; powers];
        Self { n, share: 1.0 / n as f64, flat: Flat::new(n), sums }
    }

    /// The mean at each value goes to `out`.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let before = self.n - 1;
        wide!({
            for (x, out) in x.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
                copy(x, &mut self.sums[0][before..]);
                self.add_up(x.len());
                self.mean(out);
                self.sums[0].copy_within(x.len()..x.len() + before, 0);
            }
        });
        self.flat.settle(x, out);
    }

    /// Sums of each power of two, for the windows that end at so many new values.
    #[inline(always)]
    fn add_up(&mut self, windows: usize) {
        let mut count = windows + self.n - 1;
        for k in 1..self.sums.len() {
            let half = 1 << (k - 1);
            count -= half;
            let (halves, sums) = self.sums.split_at_mut(k);
            let (older, newer) = (&halves[k - 1][..count], &halves[k - 1][half..][..count]);
            let sums = &mut sums[0][..count];
            for ((sum, older), newer) in sums.iter_mut().zip(older).zip(newer) {
                *sum = older + newer;
            }
        }
    }

    /// The means of these windows, from the sums that make one up.
    #[inline(always)]
    fn mean(&self, out: &mut [f64]) {
        let mut done = 0;
        for (k, sums) in self.sums.iter().enumerate().filter(|(k, _)| self.n >> k & 1 == 1) {
            let part = &sums[done..][..out.len()];
            let is_first = done == 0;
            done += 1 << k;
            let share = if done == self.n { self.share } else { 1.0 };
            if is_first {
                out.iter_mut().zip(part).for_each(|(out, x)| *out = x * share);
            } else {
                out.iter_mut().zip(part).for_each(|(out, x)| *out = (*out + x) * share);
            }
        }
    }
}

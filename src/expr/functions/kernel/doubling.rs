//! The mean of a window whose sum is put together anew at each bar, a whole column at a time.
//!
//! The sum of 2, 4, 8, … values is that of two halves; a window is made of one such sum for each power of
//! two in its length. No bar waits for the one before, so that every step is a vector instruction, and
//! nothing is subtracted: a value is gone to the bit once it has left the window.

use super::Flat;
use crate::wide::wide;

/// Values that are taken at once.
const CHUNK: usize = 1_024;

/// Means of the last n values.
pub(in crate::expr::functions) struct DoublingMean {
    n: usize,
    share: f64,
    flat: Flat,
    /// The last n - 1 values, and room for a chunk that follows them.
    values: Vec<f64>,
    /// By the position of their first value: sums of a power of two of values, and those that are made
    /// of them.
    powers: [Vec<f64>; 2],
    sums: Vec<f64>,
}

impl DoublingMean {
    /// Longest window for which this costs less than a [`RollingMean`](super::RollingMean): what a chunk
    /// costs grows with the window, too.
    pub(in crate::expr::functions) const MOST: usize = 512;

    /// A window of n values, at first all undefined.
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        let room = vec![f64::NAN; n - 1 + CHUNK];
        Self {
            n,
            share: 1.0 / n as f64,
            flat: Flat::new(n),
            powers: [room.clone(), room.clone()],
            sums: room.clone(),
            values: room,
        }
    }

    /// The mean at each value goes to `out`.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        for (x, out) in x.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
            let before = self.n - 1;
            self.values[before..][..x.len()].copy_from_slice(x);
            self.mean(x.len(), out);
            self.values.copy_within(x.len()..x.len() + before, 0);
        }
        self.flat.settle(x, out);
    }

    /// The means of the windows that start at the first so many values.
    fn mean(&mut self, windows: usize, out: &mut [f64]) {
        let Self { n, share, values, powers: [power, next], sums, .. } = self;
        let (n, share) = (*n, *share);
        let (mut power, mut next) = (&mut power[..], &mut next[..]);
        let (mut length, mut done) = (1, 0);
        let mut count = windows + n - 1;
        crate::wide::copy(&values[..count], &mut power[..count]);
        loop {
            if n & length != 0 {
                let rest = &power[done..];
                let sums = &mut sums[..count - done];
                match done {
                    0 => crate::wide::copy(&power[..sums.len()], sums),
                    _ => wide!({ sums.iter_mut().zip(rest).for_each(|(sum, x)| *sum += x) }),
                }
                done += length;
            }
            if done == n {
                break;
            }
            count -= length;
            let (first, second) = (&power[..count], &power[length..][..count]);
            wide!({
                for ((out, a), b) in next[..count].iter_mut().zip(first).zip(second) {
                    *out = a + b;
                }
            });
            (power, next) = (next, power);
            length *= 2;
        }
        let sums = &sums[..windows];
        wide!({ out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum * share) });
    }
}

//! What is known of stretches of 1, 4, 16, … neighbouring values: a column for each length.

use crate::wide::copy;

/// Values that are taken at once: few enough that the columns of usual windows stay in L1.
pub(super) const CHUNK: usize = 512;
/// Values of a page of memory. Processors take a load for one of what was just stored if both are at the
/// same place of a page; columns that are half a page apart keep a loop from reading there.
const PAGE: usize = 512;

/// A column for each power of four up to a window of n values.
pub(super) struct Levels {
    n: usize,
    columns: usize,
    /// From one column to the next.
    stride: usize,
    values: Vec<f64>,
}

impl Levels {
    /// All undefined.
    pub(super) fn new(n: usize) -> Self {
        let columns = n.ilog(4) as usize + 1;
        let stride = (n - 1 + CHUNK).next_multiple_of(PAGE) + PAGE / 2;
        Self { n, columns, stride, values: vec![f64::NAN; columns * stride] }
    }

    /// Takes up to [`CHUNK`] values behind the last n - 1, and computes all columns, by the position of a
    /// stretch's first value. A stretch is joined from two halves, and those from two quarters each.
    #[inline(always)]
    pub(super) fn take(&mut self, x: &[f64], join: impl Fn(f64, f64) -> f64) {
        copy(x, &mut self.values[self.n - 1..]);
        let mut count = self.n - 1 + x.len();
        for k in 1..self.columns {
            let step = 1 << (2 * (k - 1));
            count -= 3 * step;
            let (parts, wholes) = self.values.split_at_mut(k * self.stride);
            let parts = &parts[(k - 1) * self.stride..];
            let [a, b, c, d] = std::array::from_fn(|i| &parts[i * step..][..count]);
            let halves = a.iter().zip(b).zip(c.iter().zip(d));
            for (whole, ((a, b), (c, d))) in wholes[..count].iter_mut().zip(halves) {
                *whole = join(join(*a, *b), join(*c, *d));
            }
        }
    }

    /// Forgets all but the last n - 1 of so many values that were taken.
    #[inline(always)]
    pub(super) fn pass(&mut self, taken: usize) {
        self.values.copy_within(taken..taken + self.n - 1, 0);
    }

    /// Stretches of 4ᵏ values, by the position of their first in the window that ends with the first value
    /// that was taken.
    #[inline(always)]
    pub(super) fn of(&self, k: usize) -> &[f64] {
        &self.values[k * self.stride..][..self.stride]
    }

    /// The k of the longest stretches.
    #[inline(always)]
    pub(super) fn last(&self) -> usize {
        self.columns - 1
    }
}

//! The value n bars ago.

use crate::wide::copy;

/// A line of n values: what goes in comes out n steps later.
pub(crate) struct Delay {
    values: Vec<f64>,
    at: usize,
}

impl Delay {
    /// A line of n values, at least 1, that are all `before`.
    pub(crate) fn new(n: usize, before: f64) -> Self {
        Self { values: vec![before; n], at: 0 }
    }

    /// Puts a value in and takes the one of n steps ago out.
    #[inline]
    pub(crate) fn push(&mut self, x: f64) -> f64 {
        let old = std::mem::replace(&mut self.values[self.at], x);
        self.at += 1;
        if self.at == self.values.len() {
            self.at = 0;
        }
        old
    }

    /// The same for many values.
    pub(crate) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let n = self.values.len();
        let Some(kept) = x.len().checked_sub(n) else {
            for (out, x) in out.iter_mut().zip(x) {
                *out = self.push(*x);
            }
            return;
        };
        self.values.rotate_left(self.at);
        self.at = 0;
        copy(&self.values, &mut out[..n]);
        copy(&x[..kept], &mut out[n..]);
        copy(&x[kept..], &mut self.values);
    }

    /// All n values in no particular order.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }
}

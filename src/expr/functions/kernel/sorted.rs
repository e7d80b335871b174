//! The last n values in order of size, for ranks and medians.

use super::Delay;

/// A window that is kept sorted: one search and one shift of memory per bar.
pub(in crate::expr::functions) struct SortedWindow {
    window: Delay,
    /// The defined values of the window, in rising order.
    sorted: Vec<f64>,
    n: usize,
}

impl SortedWindow {
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        Self { window: Delay::new(n, f64::NAN), sorted: Vec::with_capacity(n), n }
    }

    /// Takes the next value; all n values in rising order, once all are defined.
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> Option<&[f64]> {
        let old = self.window.push(x);
        if !old.is_nan() {
            self.sorted.remove(self.sorted.partition_point(|v| *v < old));
        }
        if !x.is_nan() {
            self.sorted.insert(self.sorted.partition_point(|v| *v < x), x);
        }
        (self.sorted.len() == self.n).then_some(&self.sorted)
    }
}

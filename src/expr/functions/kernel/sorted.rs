//! The last n values in order of size, for ranks and quantiles.

use super::Delay;

/// Up to this many values are counted rather than searched: no step of a search can be foreseen, and
/// counting has no steps.
const SHORT: usize = 64;

/// A window that is kept sorted: two searches and one shift of memory per bar.
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
        let (from, to) = (lower(&self.sorted, old), lower(&self.sorted, x));
        match (old.is_nan(), x.is_nan()) {
            (true, true) => {}
            (true, false) => self.sorted.insert(to, x),
            (false, true) => {
                self.sorted.remove(from);
            }
            (false, false) if to > from => {
                self.sorted.copy_within(from + 1..to, from);
                self.sorted[to - 1] = x;
            }
            (false, false) => {
                self.sorted.copy_within(to..from, to + 1);
                self.sorted[to] = x;
            }
        }
        (self.sorted.len() == self.n).then_some(&self.sorted)
    }
}

/// How many of these values in rising order are lower than x.
fn lower(sorted: &[f64], x: f64) -> usize {
    if sorted.len() > SHORT {
        return sorted.partition_point(|value| *value < x);
    }
    sorted.iter().map(|value| usize::from(*value < x)).sum()
}

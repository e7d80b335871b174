//! The value n bars ago.

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
    pub(crate) fn run(&mut self, mut x: &[f64], mut out: &mut [f64]) {
        while !x.is_empty() {
            let take = (self.values.len() - self.at).min(x.len());
            let (head, rest) = x.split_at(take);
            let (old, free) = out.split_at_mut(take);
            let line = &mut self.values[self.at..self.at + take];
            old.copy_from_slice(line);
            line.copy_from_slice(head);
            self.at = (self.at + take) % self.values.len();
            (x, out) = (rest, free);
        }
    }

    /// All n values in no particular order.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
    }
}

//! Aggregates over the last n values, at constant cost per bar and without drift.
//!
//! A running sum that adds the new value and subtracts the old one keeps the rounding error of every
//! value that ever passed through it. Here nothing is subtracted: values are cut into blocks of n, so
//! a window is the end of the block before and the beginning of the current one. Aggregates of all
//! endings are computed when a block is full, the beginning's aggregate grows as values arrive, and
//! one join gives the window. An outlier is gone to the bit once it has left the window.

/// What a stretch of neighbouring values is reduced to.
pub(in crate::expr::functions) trait Summary: Copy + Send {
    /// The summary of no values.
    const EMPTY: Self;
    /// The summary of one value; an undefined value makes all that it is joined to undefined.
    fn of(x: f64) -> Self;
    /// The summary of this stretch and the newer one that follows it.
    fn then(self, newer: Self) -> Self;
}

/// Summaries of the last n values.
pub(in crate::expr::functions) struct Sliding<S> {
    /// Values of the current block; those from `at` on are left over from the one before.
    block: Vec<f64>,
    at: usize,
    /// Summary of the current block so far.
    newer: S,
    /// At i: summary of the block before from its value i on; at n: of nothing.
    older: Vec<S>,
}

impl<S: Summary> Sliding<S> {
    /// A window of n values, at first all undefined.
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        let mut window =
            Self { block: vec![f64::NAN; n], at: n, newer: S::EMPTY, older: vec![S::EMPTY; n + 1] };
        window.turn();
        window
    }

    /// Takes the next value; the summary of the last n.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> S {
        self.block[self.at] = x;
        self.at += 1;
        self.newer = self.newer.then(S::of(x));
        let window = self.older[self.at].then(self.newer);
        self.turn();
        window
    }

    /// The same for many values: `value` of each window goes to `out`.
    #[inline]
    pub(in crate::expr::functions) fn run(
        &mut self,
        mut x: &[f64],
        mut out: &mut [f64],
        value: impl Fn(S) -> f64,
    ) {
        while !x.is_empty() {
            let take = (self.block.len() - self.at).min(x.len());
            let (head, rest) = x.split_at(take);
            let (values, free) = out.split_at_mut(take);
            let older = &self.older[self.at + 1..];
            let mut newer = self.newer;
            for ((x, out), older) in head.iter().zip(values).zip(older) {
                newer = newer.then(S::of(*x));
                *out = value(older.then(newer));
            }
            self.newer = newer;
            self.block[self.at..self.at + take].copy_from_slice(head);
            self.at += take;
            self.turn();
            (x, out) = (rest, free);
        }
    }

    /// Starts a new block when the current one is full.
    #[inline]
    fn turn(&mut self) {
        if self.at < self.block.len() {
            return;
        }
        let mut summary = S::EMPTY;
        for (older, x) in self.older.iter_mut().zip(&self.block).rev() {
            summary = S::of(*x).then(summary);
            *older = summary;
        }
        self.newer = S::EMPTY;
        self.at = 0;
    }
}

/// The sum.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Sum(pub f64);

impl Summary for Sum {
    const EMPTY: Self = Self(0.0);

    #[inline]
    fn of(x: f64) -> Self {
        Self(x)
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        Self(self.0 + newer.0)
    }
}

/// The highest value. Undefined is kept as infinity, which no defined value is and no comparison
/// loses.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Highest(f64);

impl Highest {
    #[inline]
    pub(in crate::expr::functions) fn value(self) -> f64 {
        if self.0 == f64::INFINITY { f64::NAN } else { self.0 }
    }
}

impl Summary for Highest {
    const EMPTY: Self = Self(f64::NEG_INFINITY);

    #[inline]
    fn of(x: f64) -> Self {
        Self(if x.is_nan() { f64::INFINITY } else { x })
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        Self(if newer.0 > self.0 { newer.0 } else { self.0 })
    }
}

/// The lowest value; the mirror image of [`Highest`].
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Lowest(f64);

impl Lowest {
    #[inline]
    pub(in crate::expr::functions) fn value(self) -> f64 {
        if self.0 == f64::NEG_INFINITY { f64::NAN } else { self.0 }
    }
}

impl Summary for Lowest {
    const EMPTY: Self = Self(f64::INFINITY);

    #[inline]
    fn of(x: f64) -> Self {
        Self(if x.is_nan() { f64::NEG_INFINITY } else { x })
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        Self(if newer.0 < self.0 { newer.0 } else { self.0 })
    }
}

/// How long ago the highest value was; of equal ones the latest counts.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Recency {
    highest: Highest,
    since: f64,
    length: f64,
}

impl Recency {
    /// Bars since the highest value.
    pub(in crate::expr::functions) fn value(self) -> f64 {
        if self.highest.value().is_nan() { f64::NAN } else { self.since }
    }
}

impl Summary for Recency {
    const EMPTY: Self = Self { highest: Highest::EMPTY, since: 0.0, length: 0.0 };

    fn of(x: f64) -> Self {
        Self { highest: Highest::of(x), since: 0.0, length: 1.0 }
    }

    fn then(self, newer: Self) -> Self {
        let length = self.length + newer.length;
        if newer.highest.0 >= self.highest.0 {
            Self { length, ..newer }
        } else {
            Self { since: self.since + newer.length, length, ..self }
        }
    }
}

//! Aggregates over the last n values, at constant cost per bar and without drift.
//!
//! A running sum that adds the new value and subtracts the old one keeps the rounding error of every
//! value that ever passed through it. Here nothing is subtracted: values are cut into blocks of n, so
//! a window is the end of the block before and the beginning of the current one. Aggregates of all
//! endings are computed when a block is full, the beginning's aggregate grows as values arrive, and
//! one join gives the window. An outlier is gone to the bit once it has left the window.

use crate::wide::wide;

/// What a window holds: a number, or the numbers of one bar that belong together.
pub(in crate::expr::functions) trait Value: Copy + Send {
    /// What a window holds before there are values.
    const UNDEFINED: Self;
    /// Whether any of its numbers is undefined.
    fn is_undefined(self) -> bool;
}

impl Value for f64 {
    const UNDEFINED: Self = Self::NAN;

    #[inline]
    fn is_undefined(self) -> bool {
        self.is_nan()
    }
}

impl<const N: usize> Value for [f64; N] {
    const UNDEFINED: Self = [f64::NAN; N];

    #[inline]
    fn is_undefined(self) -> bool {
        self.iter().any(|x| x.is_nan())
    }
}

/// What a stretch of neighbouring values is reduced to.
pub(in crate::expr::functions) trait Summary: Copy + Send {
    /// What it is a summary of.
    type Value: Value;
    /// The summary of no values.
    const EMPTY: Self;
    /// The summary of one value; an undefined value makes all that it is joined to undefined.
    fn of(x: Self::Value) -> Self;
    /// The summary of this stretch and the newer one that follows it.
    fn then(self, newer: Self) -> Self;
    /// The same to the bit where all values are defined, if knowing so makes it cheaper.
    #[inline]
    fn then_defined(self, newer: Self) -> Self {
        self.then(newer)
    }
}

/// Summaries of the last n values.
pub(in crate::expr::functions) struct Sliding<S: Summary> {
    /// Values of the current block; those from `at` on are left over from the one before.
    block: Vec<S::Value>,
    at: usize,
    /// Summary of the current block so far.
    newer: S,
    /// At i: summary of the block before from its value i on; at n: of nothing.
    older: Vec<S>,
    /// For how many more values an undefined one may be in either block.
    unclear: usize,
}

impl<S: Summary> Sliding<S> {
    /// A window of n values, at first all undefined.
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        let older = vec![S::EMPTY; n + 1];
        let block = vec![S::Value::UNDEFINED; n];
        let mut window = Self { block, at: n, newer: S::EMPTY, older, unclear: 2 * n };
        window.turn(S::then);
        window
    }

    /// Takes the next value; the summary of the last n.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, x: S::Value) -> S {
        self.unclear =
            if x.is_undefined() { 2 * self.block.len() } else { self.unclear.max(1) - 1 };
        self.block[self.at] = x;
        self.at += 1;
        self.newer = self.newer.then(S::of(x));
        let window = self.older[self.at].then(self.newer);
        if self.at == self.block.len() {
            self.turn(S::then);
        }
        window
    }

    /// The same for many values: `value` of each window goes to `out`.
    #[inline]
    pub(in crate::expr::functions) fn run(
        &mut self,
        x: &[S::Value],
        out: &mut [f64],
        value: impl Fn(S) -> f64,
    ) {
        if wide!({ x.iter().fold(false, |found, x| found | x.is_undefined()) }) {
            self.unclear = x.len() + 2 * self.block.len();
        }
        if self.unclear > 0 {
            self.unclear = self.unclear.saturating_sub(x.len());
            self.fill(x, out, value, S::then);
        } else {
            self.fill(x, out, value, S::then_defined);
        }
    }

    #[inline]
    fn fill(
        &mut self,
        mut x: &[S::Value],
        mut out: &mut [f64],
        value: impl Fn(S) -> f64,
        then: impl Fn(S, S) -> S + Copy,
    ) {
        while !x.is_empty() {
            let take = (self.block.len() - self.at).min(x.len());
            let (head, rest) = x.split_at(take);
            let (values, free) = out.split_at_mut(take);
            let older = &self.older[self.at + 1..];
            let mut newer = self.newer;
            for ((x, out), older) in head.iter().zip(values).zip(older) {
                newer = then(newer, S::of(*x));
                *out = value(then(*older, newer));
            }
            self.newer = newer;
            self.block[self.at..self.at + take].copy_from_slice(head);
            self.at += take;
            if self.at == self.block.len() {
                self.turn(then);
            }
            (x, out) = (rest, free);
        }
    }

    /// Makes the full block the one before and starts a new one.
    #[inline]
    fn turn(&mut self, then: impl Fn(S, S) -> S) {
        let mut summary = S::EMPTY;
        for (older, x) in self.older.iter_mut().zip(&self.block).rev() {
            summary = then(S::of(*x), summary);
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
    type Value = f64;
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

/// Several sums over the same bars.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Sums<const N: usize>(pub [f64; N]);

impl<const N: usize> Summary for Sums<N> {
    type Value = [f64; N];
    const EMPTY: Self = Self([0.0; N]);

    #[inline]
    fn of(x: [f64; N]) -> Self {
        Self(x)
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] + newer.0[i]))
    }
}

/// The highest value.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Highest(pub f64);

impl From<Highest> for f64 {
    #[inline]
    fn from(highest: Highest) -> Self {
        highest.0
    }
}

impl Summary for Highest {
    type Value = f64;
    const EMPTY: Self = Self(f64::NEG_INFINITY);

    #[inline]
    fn of(x: f64) -> Self {
        Self(x)
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        // A comparison with an undefined value is false: it stays once it is there.
        if newer.0.is_nan() { newer } else { self.then_defined(newer) }
    }

    #[inline]
    fn then_defined(self, newer: Self) -> Self {
        if newer.0 > self.0 { newer } else { self }
    }
}

/// The lowest value.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Lowest(pub f64);

impl From<Lowest> for f64 {
    #[inline]
    fn from(lowest: Lowest) -> Self {
        lowest.0
    }
}

impl Summary for Lowest {
    type Value = f64;
    const EMPTY: Self = Self(f64::INFINITY);

    #[inline]
    fn of(x: f64) -> Self {
        Self(x)
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        // A comparison with an undefined value is false: it stays once it is there.
        if newer.0.is_nan() { newer } else { self.then_defined(newer) }
    }

    #[inline]
    fn then_defined(self, newer: Self) -> Self {
        if newer.0 < self.0 { newer } else { self }
    }
}

/// How long ago the highest value was; of equal ones the latest counts.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Recency {
    highest: Highest,
    /// Bars since the highest value.
    pub since: f64,
    length: f64,
}

impl Summary for Recency {
    type Value = f64;
    const EMPTY: Self = Self { highest: Highest::EMPTY, since: 0.0, length: 0.0 };

    fn of(x: f64) -> Self {
        Self { highest: Highest::of(x), since: 0.0, length: 1.0 }
    }

    fn then(self, newer: Self) -> Self {
        let length = self.length + newer.length;
        let highest = self.highest.then(newer.highest);
        let since = if highest.0.is_nan() {
            f64::NAN
        } else if newer.highest.0 >= self.highest.0 {
            newer.since
        } else {
            self.since + newer.length
        };
        Self { highest, since, length }
    }
}

//! Windows of the last n values: what rolling functions are built from.

/// The last n values, oldest overwritten first.
pub(super) struct Ring {
    values: Vec<f64>,
    at: usize,
}

impl Ring {
    /// A ring of n values, all undefined.
    pub(super) fn new(n: usize) -> Self {
        Self { values: vec![f64::NAN; n], at: 0 }
    }

    /// Puts a value in and returns the one that falls out: the value n steps ago.
    #[inline]
    pub(super) fn push(&mut self, value: f64) -> f64 {
        let old = std::mem::replace(&mut self.values[self.at], value);
        self.at += 1;
        if self.at == self.values.len() {
            self.at = 0;
        }
        old
    }

    /// All n values, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        self.values[self.at..].iter().chain(&self.values[..self.at]).copied()
    }
}

/// A sum over the last n values that stays exact enough for ever.
///
/// A running sum keeps the rounding error of every value that has passed through, so one outlier
/// spoils all that follow. This one is added up afresh whenever as many bars as its window (at least
/// [`RESUM_LEAST`]) have passed: the cost stays constant per bar, and an error lives for two windows.
pub(super) struct RollingSum {
    ring: Ring,
    sum: f64,
    /// Values in the window that are undefined.
    missing: usize,
    since_resum: usize,
    resum_after: usize,
}

const RESUM_LEAST: usize = 64;

impl RollingSum {
    pub(super) fn new(n: usize) -> Self {
        let resum_after = n.max(RESUM_LEAST);
        Self { ring: Ring::new(n), sum: 0.0, missing: n, since_resum: 0, resum_after }
    }

    /// The sum of the last n values including this one; undefined while any of them is.
    #[inline]
    pub(super) fn push(&mut self, value: f64) -> f64 {
        let old = self.ring.push(value);
        if old.is_nan() {
            self.missing -= 1;
        } else {
            self.sum -= old;
        }
        if value.is_nan() {
            self.missing += 1;
        } else {
            self.sum += value;
        }
        self.since_resum += 1;
        if self.since_resum == self.resum_after {
            self.since_resum = 0;
            self.sum = self.ring.iter().filter(|v| !v.is_nan()).sum();
        }
        if self.missing == 0 { self.sum } else { f64::NAN }
    }

    /// The values of the window, oldest first.
    pub(super) fn window(&self) -> impl Iterator<Item = f64> + '_ {
        self.ring.iter()
    }
}

/// The smoothing that EMA and Wilder's average share: the first value is the mean of the first n,
/// then each step moves the average by `alpha` of its distance to the new value. An undefined input
/// gives an undefined output and leaves the average as it was.
pub(super) struct Smoothing {
    alpha: f64,
    n: usize,
    seen: usize,
    sum: f64,
    average: f64,
}

impl Smoothing {
    pub(super) fn new(n: usize, alpha: f64) -> Self {
        Self { alpha, n, seen: 0, sum: 0.0, average: 0.0 }
    }

    #[inline]
    pub(super) fn push(&mut self, value: f64) -> f64 {
        if value.is_nan() {
            return f64::NAN;
        }
        if self.seen >= self.n {
            self.average += self.alpha * (value - self.average);
            return self.average;
        }
        self.seen += 1;
        self.sum += value;
        if self.seen < self.n {
            return f64::NAN;
        }
        self.average = self.sum / self.n as f64;
        self.average
    }
}

//! Recursive averages: each step moves the average by a share of its distance to the new value.

/// The smoothing that EMA and Wilder's average share. The first average is the mean of the first n
/// values; an undefined input gives an undefined output and leaves the average as it was.
pub(in crate::expr::functions) struct Smoothing {
    alpha: f64,
    n: usize,
    seen: usize,
    average: f64,
}

impl Smoothing {
    /// The exponential average, whose share is 2 / (n + 1).
    pub(in crate::expr::functions) fn exponential(n: f64) -> Self {
        Self { alpha: 2.0 / (n + 1.0), n: n as usize, seen: 0, average: 0.0 }
    }

    /// Wilder's average, whose share is 1 / n.
    pub(in crate::expr::functions) fn wilder(n: f64) -> Self {
        Self { alpha: 1.0 / n, n: n as usize, seen: 0, average: 0.0 }
    }

    /// Takes the next value; the average, undefined until n values are there.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        if self.seen >= self.n {
            self.average += self.alpha * (x - self.average);
            return self.average;
        }
        self.seen += 1;
        // A running mean rather than a sum, so that equal values give exactly that value.
        self.average += (x - self.average) / self.seen as f64;
        if self.seen < self.n { f64::NAN } else { self.average }
    }

    /// The same for many values.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        let mut start = 0;
        while self.seen < self.n && start < x.len() {
            out[start] = self.push(x[start]);
            start += 1;
        }
        // The average stays in a register: through memory, each bar would wait for the last store.
        let (alpha, mut average) = (self.alpha, self.average);
        for (out, x) in out[start..].iter_mut().zip(&x[start..]) {
            if x.is_nan() {
                *out = f64::NAN;
            } else {
                average += alpha * (x - average);
                *out = average;
            }
        }
        self.average = average;
    }
}

/// Two exponential averages of one series that both start when the slower one can: the faster is
/// seeded with the mean of the last values before that bar, as TA-Lib's MACD, APO and PPO do.
pub(in crate::expr::functions) struct Convergence {
    fast: Smoothing,
    slow: Smoothing,
    /// Values that the faster average leaves out.
    skip: usize,
}

impl Convergence {
    /// The order of the two lengths doesn't matter: the shorter one is the fast one.
    pub(in crate::expr::functions) fn new(one: f64, other: f64) -> Self {
        let (fast, slow) = if one < other { (one, other) } else { (other, one) };
        Self {
            fast: Smoothing::exponential(fast),
            slow: Smoothing::exponential(slow),
            skip: slow as usize - fast as usize,
        }
    }

    /// Takes the next value; the fast and the slow average.
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> (f64, f64) {
        let slow = self.slow.push(x);
        if x.is_nan() {
            return (f64::NAN, slow);
        }
        if self.skip > 0 {
            self.skip -= 1;
            return (f64::NAN, slow);
        }
        (self.fast.push(x), slow)
    }
}

//! Recursive averages: each step moves the average by a share of its distance to the new value.

/// The smoothing that EMA and Wilder's average share. The first average is the mean of the first n
/// values; an undefined input gives an undefined output and leaves the average as it was.
///
/// The recursion `average = keep × average + alpha × x` makes every bar wait for the one before. It
/// is therefore applied two bars at once: `keep² × average + (keep × alpha × x₁ + alpha × x₂)`, where
/// the bracket needn't wait. Which bars make a pair is counted from the first average on, so the bits
/// don't depend on where blocks end.
pub(in crate::expr::functions) struct Smoothing {
    alpha: f64,
    n: usize,
    seen: usize,
    /// As of the last complete pair.
    average: f64,
    /// `alpha × x` of the first half of a pair.
    half: Option<f64>,
    /// Whether all values were equal so far: then the average is that value, without rounding.
    still: bool,
}

impl Smoothing {
    /// The exponential average, whose share is 2 / (n + 1).
    pub(in crate::expr::functions) fn exponential(n: f64) -> Self {
        Self::new(n, 2.0 / (n + 1.0))
    }

    /// Wilder's average, whose share is 1 / n.
    pub(in crate::expr::functions) fn wilder(n: f64) -> Self {
        Self::new(n, 1.0 / n)
    }

    fn new(n: f64, alpha: f64) -> Self {
        Self { alpha, n: n as usize, seen: 0, average: 0.0, half: None, still: true }
    }

    /// Takes the next value; the average, undefined until n values are there.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        if self.still || self.seen < self.n {
            return self.start(x);
        }
        let (alpha, keep) = (self.alpha, 1.0 - self.alpha);
        match self.half.take() {
            None => {
                self.half = Some(alpha * x);
                keep * self.average + alpha * x
            }
            Some(half) => {
                self.average = keep * keep * self.average + (keep * half + alpha * x);
                self.average
            }
        }
    }

    /// The first n values, and those after them that are equal to all before.
    #[expect(clippy::float_cmp, reason = "exactly equal values stay exact")]
    fn start(&mut self, x: f64) -> f64 {
        if self.seen < self.n {
            self.still &= self.seen == 0 || x == self.average;
            self.seen += 1;
            self.average += (x - self.average) / self.seen as f64;
            return if self.seen < self.n { f64::NAN } else { self.average };
        }
        self.still = x == self.average;
        if self.still { x } else { self.push(x) }
    }

    /// The same for many values.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        out.copy_from_slice(x);
        self.run_in_place(out);
    }

    /// The same for many values, each replaced by the average.
    pub(in crate::expr::functions) fn run_in_place(&mut self, x: &mut [f64]) {
        let mut at = 0;
        while at < x.len() {
            if !self.still && self.seen >= self.n && self.half.is_none() {
                at += self.pairs(&mut x[at..]);
            }
            if at < x.len() {
                x[at] = self.push(x[at]);
                at += 1;
            }
        }
    }

    /// Takes values two at a time up to the first undefined one; how many it took.
    fn pairs(&mut self, x: &mut [f64]) -> usize {
        let (alpha, keep) = (self.alpha, 1.0 - self.alpha);
        // In a register: through memory, each pair would wait for the last store.
        let mut average = self.average;
        let mut done = 0;
        for pair in x.chunks_exact_mut(2) {
            let (first, second) = (alpha * pair[0], alpha * pair[1]);
            let both = keep * keep * average + (keep * first + second);
            if both.is_nan() {
                break;
            }
            pair[0] = keep * average + first;
            pair[1] = both;
            average = both;
            done += 2;
        }
        self.average = average;
        done
    }
}

/// Two exponential averages of one series that both start when the slower one can: the faster is
/// seeded with the mean of the last values before that bar, as TA-Lib's MACD does.
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

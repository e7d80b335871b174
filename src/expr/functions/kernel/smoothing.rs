//! Recursive averages: each step moves the average by a share of its distance to the new value.

/// Values that are taken at once.
const GROUP: usize = 4;

/// The smoothing that EMA and Wilder's average share. The first average is the mean of the first n
/// values; an undefined input gives an undefined output and leaves the average as it was.
///
/// The recursion `average = keep × average + alpha × x` makes every bar wait for the one before. It
/// is therefore applied to a group of bars at once: after bar i of a group, the average is
/// `keepⁱ × average + ahead`, where `average` is that before the group, and `ahead`, which the group's
/// own values add, needn't wait for it. Which bars make a group is counted from the first average on,
/// so the bits don't depend on where blocks end.
pub(in crate::expr::functions) struct Smoothing {
    alpha: f64,
    keep: f64,
    /// Powers of `keep` from the first on.
    decay: [f64; GROUP],
    n: usize,
    seen: usize,
    /// As of the last complete group.
    average: f64,
    /// How many values of a group were taken, and what they add.
    taken: usize,
    ahead: f64,
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
        let keep = 1.0 - alpha;
        let mut power = 1.0;
        let decay = std::array::from_fn(|_| {
            power *= keep;
            power
        });
        let n = n as usize;
        Self { alpha, keep, decay, n, seen: 0, average: 0.0, taken: 0, ahead: 0.0, still: true }
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
        self.ahead = self.keep * self.ahead + self.alpha * x;
        let now = self.decay[self.taken] * self.average + self.ahead;
        self.taken += 1;
        if self.taken == GROUP {
            (self.average, self.taken, self.ahead) = (now, 0, 0.0);
        }
        now
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
        let mut at = 0;
        while at < x.len() {
            if !self.still && self.seen >= self.n && self.taken == 0 {
                at += self.groups(&x[at..], &mut out[at..]);
            }
            if at < x.len() {
                out[at] = self.push(x[at]);
                at += 1;
            }
        }
    }

    /// Takes whole groups up to the first undefined value; how many values it took.
    fn groups(&mut self, x: &[f64], out: &mut [f64]) -> usize {
        let Self { alpha, keep, decay, mut average, .. } = *self;
        let mut done = 0;
        for (x, out) in x.as_chunks::<GROUP>().0.iter().zip(out.as_chunks_mut::<GROUP>().0) {
            let mut ahead = [0.0; GROUP];
            let mut last = 0.0;
            for (ahead, x) in ahead.iter_mut().zip(x) {
                last = keep * last + alpha * x;
                *ahead = last;
            }
            // An undefined value would be in the last average as well.
            let end = decay[GROUP - 1] * average + last;
            if end.is_nan() {
                break;
            }
            for ((out, decay), ahead) in out.iter_mut().zip(decay).zip(ahead) {
                *out = decay * average + ahead;
            }
            average = end;
            done += GROUP;
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

//! True range and its average.

/// The true range: the distance covered since the close before, `max(high, close) - min(low, close)`.
/// The previous close must be defined; an undefined high or low gives an undefined range.
#[inline]
pub(in crate::expr::functions) fn true_range(high: f64, low: f64, previous_close: f64) -> f64 {
    let top = if previous_close > high { previous_close } else { high };
    let bottom = if previous_close < low { previous_close } else { low };
    top - bottom
}

/// Wilder's average of the true range, seeded with the mean of the first n ranges. A bar with an
/// undefined price is skipped: the next range reaches back to the last defined close.
pub(in crate::expr::functions) struct AverageRange {
    n: f64,
    previous_close: f64,
    seen: f64,
    average: f64,
}

impl AverageRange {
    pub(in crate::expr::functions) fn new(n: f64) -> Self {
        Self { n, previous_close: f64::NAN, seen: 0.0, average: 0.0 }
    }

    /// Takes the next bar; the average, undefined until n ranges are there.
    pub(in crate::expr::functions) fn push(&mut self, high: f64, low: f64, close: f64) -> f64 {
        if high.is_nan() || low.is_nan() || close.is_nan() {
            return f64::NAN;
        }
        let previous = std::mem::replace(&mut self.previous_close, close);
        if previous.is_nan() {
            return f64::NAN;
        }
        let range = true_range(high, low, previous);
        if self.seen < self.n {
            self.seen += 1.0;
            self.average += (range - self.average) / self.seen;
            return if self.seen < self.n { f64::NAN } else { self.average };
        }
        let alpha = 1.0 / self.n;
        self.average = self.average * (1.0 - alpha) + range * alpha;
        self.average
    }

    /// The same for many bars.
    pub(in crate::expr::functions) fn run(
        &mut self,
        [high, low, close]: [&[f64]; 3],
        out: &mut [f64],
    ) {
        let bars = high.iter().zip(low).zip(close).zip(out);
        let mut bars = bars.map(|(((high, low), close), out)| (*high, *low, *close, out));
        while self.seen < self.n {
            let Some((high, low, close, out)) = bars.next() else { return };
            *out = self.push(high, low, close);
        }
        // The state stays in registers: through memory, each bar would wait for the last store.
        let alpha = 1.0 / self.n;
        let keep = 1.0 - alpha;
        let (mut previous, mut average) = (self.previous_close, self.average);
        for (high, low, close, out) in bars {
            let range = true_range(high, low, previous);
            if range.is_nan() || close.is_nan() {
                *out = f64::NAN;
                continue;
            }
            previous = close;
            average = average * keep + range * alpha;
            *out = average;
        }
        (self.previous_close, self.average) = (previous, average);
    }
}

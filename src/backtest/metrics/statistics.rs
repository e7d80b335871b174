//! Sums, moments and quantiles of plain values.
//!
//! A sum is taken in lanes: value i goes to accumulator i mod 8, and the eight are added at the end.
//! That is several times faster than one after the other, and the same bits on every machine.

const LANES: usize = 8;

/// The return from each value to that of the other column; what was zero stays zero.
#[inline(always)]
pub(super) fn simple_returns(before: &[f64], after: &[f64], returns: &mut [f64]) {
    for ((out, before), after) in returns.iter_mut().zip(before).zip(after) {
        *out = simple_return(*before, *after);
    }
}

#[inline(always)]
fn simple_return(before: f64, after: f64) -> f64 {
    // Divided first and chosen then, without a branch.
    let change = after / before - 1.0;
    if before > 0.0 { change } else { 0.0 }
}

/// The sum of a function of each value.
#[inline(always)]
pub(super) fn sum_of(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += term(*value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += term(*value);
    }
    total(lanes)
}

#[inline(always)]
fn total(lanes: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// The mean of at least one value.
#[inline(always)]
pub(super) fn mean(values: &[f64]) -> f64 {
    sum_of(values, |x| x) / values.len() as f64
}

/// Standard deviation with ddof 1 of at least two values.
pub(super) fn deviation(values: &[f64]) -> f64 {
    Moments::of(values).deviation()
}

/// The lowest of values that are defined; infinity if there is none.
#[inline(always)]
pub(super) fn lowest(values: &[f64]) -> f64 {
    best(values, f64::INFINITY, |a, b| a < b)
}

/// The highest of values that are defined; minus infinity if there is none.
#[inline(always)]
pub(super) fn highest(values: &[f64]) -> f64 {
    best(values, f64::NEG_INFINITY, |a, b| a > b)
}

#[inline(always)]
fn best(values: &[f64], worst: f64, beats: impl Fn(f64, f64) -> bool) -> f64 {
    let mut lanes = [worst; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = if beats(*value, *lane) { *value } else { *lane };
        }
    }
    for half in [LANES / 2, LANES / 4, LANES / 8] {
        for lane in 0..half {
            let other = lanes[lane + half];
            lanes[lane] = if beats(other, lanes[lane]) { other } else { lanes[lane] };
        }
    }
    rest.iter().fold(lanes[0], |best, value| if beats(*value, best) { *value } else { best })
}

/// Mean of a stretch of values and the sum of their squared deviations from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    count: f64,
    pub(super) mean: f64,
    squares: f64,
}

impl Moments {
    pub(super) const NONE: Self = Self { count: 0.0, mean: 0.0, squares: 0.0 };

    /// Those of at least one value.
    pub(super) fn of(values: &[f64]) -> Self {
        let mut sums = Sums::about(values[0]);
        let (chunks, rest) = values.as_chunks::<LANES>();
        chunks.iter().for_each(|chunk| sums.take(chunk));
        sums.take(rest);
        sums.moments(values.len())
    }

    /// Those of the returns between consecutive values, of which there are at least two: the same as if
    /// the returns were written down first, to the bit.
    #[inline(always)]
    pub(super) fn of_returns(values: &[f64]) -> Self {
        let (before, after) = (&values[..values.len() - 1], &values[1..]);
        let mut sums = Sums::about(simple_return(before[0], after[0]));
        let mut returns = [0.0; LANES];
        let ((before, last_before), (after, last_after)) =
            (before.as_chunks::<LANES>(), after.as_chunks::<LANES>());
        for (before, after) in before.iter().zip(after) {
            simple_returns(before, after, &mut returns);
            sums.take(&returns);
        }
        simple_returns(last_before, last_after, &mut returns);
        sums.take(&returns[..last_after.len()]);
        sums.moments(values.len() - 1)
    }

    /// Those of this stretch and the one that follows it (Chan, Golub and LeVeque, 1983), without
    /// cancellation where the mean is large.
    pub(super) fn then(self, next: Self) -> Self {
        let count = self.count + next.count;
        let share = next.count / count;
        let step = next.mean - self.mean;
        Self {
            count,
            mean: self.mean + step * share,
            squares: self.squares + next.squares + step * step * self.count * share,
        }
    }

    /// Standard deviation with ddof 1; the caller has made sure of two values.
    pub(super) fn deviation(&self) -> f64 {
        (self.squares / (self.count - 1.0)).sqrt()
    }

    /// Variance with ddof 0.
    pub(super) fn variance(&self) -> f64 {
        self.squares / self.count
    }
}

/// What moments are made of, in one pass: sums about the first value, so that nothing is lost where all
/// are nearly equal (Chan, Golub and LeVeque, 1983).
struct Sums {
    origin: f64,
    sums: [f64; LANES],
    squares: [f64; LANES],
}

impl Sums {
    #[inline(always)]
    fn about(origin: f64) -> Self {
        Self { origin, sums: [0.0; LANES], squares: [0.0; LANES] }
    }

    /// Takes the next values, one to each lane; only the last of several calls has fewer than lanes.
    #[inline(always)]
    fn take(&mut self, values: &[f64]) {
        for (sum, value) in self.sums.iter_mut().zip(values) {
            *sum += value - self.origin;
        }
        for (square, value) in self.squares.iter_mut().zip(values) {
            *square += (value - self.origin) * (value - self.origin);
        }
    }

    #[inline(always)]
    fn moments(self, values: usize) -> Moments {
        let (count, sum) = (values as f64, total(self.sums));
        // What is left of nothing may be below it by rounding.
        let squares = (total(self.squares) - sum * (sum / count)).max(0.0);
        Moments { count, mean: self.origin + sum / count, squares }
    }
}

/// Quantile by linear interpolation between order statistics (type 7) of at least one value, which
/// are put in another order.
pub(super) fn quantile(values: &mut [f64], q: f64) -> f64 {
    let at = q * (values.len() as f64 - 1.0);
    let below = at.floor();
    let (_, low, above) = values.select_nth_unstable_by(below as usize, f64::total_cmp);
    let low = *low;
    match above.iter().copied().min_by(f64::total_cmp) {
        Some(high) => low + (at - below) * (high - low),
        None => low,
    }
}

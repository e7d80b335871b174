//! The range of a bar and of a window of bars.

use super::{Highest, Lowest, Sliding, Smoothing};
use crate::wide::wide;

/// The true range of consecutive bars: the distance covered since the close before,
/// `max(high, close) - min(low, close)`. Undefined where one of the three is.
pub(in crate::expr::functions) struct TrueRange {
    last_close: f64,
}

impl TrueRange {
    pub(in crate::expr::functions) fn new() -> Self {
        Self { last_close: f64::NAN }
    }

    /// The true range of each bar goes to `out`.
    pub(in crate::expr::functions) fn run(
        &mut self,
        [high, low, close]: [&[f64]; 3],
        out: &mut [f64],
    ) {
        let Some(last) = out.len().checked_sub(1) else { return };
        out[0] = true_range(high[0], low[0], self.last_close);
        let rest = out[1..].iter_mut().zip(&high[1..]).zip(&low[1..]).zip(&close[..last]);
        wide!({
            for (((out, high), low), close) in rest {
                *out = true_range(*high, *low, *close);
            }
        });
        self.last_close = close[last];
    }
}

/// The true range of one bar after another one's close.
#[inline(always)]
pub(in crate::expr::functions) fn true_range(high: f64, low: f64, last_close: f64) -> f64 {
    let top = if last_close > high { last_close } else { high };
    let bottom = if last_close < low { last_close } else { low };
    // The comparisons lose an undefined close; its product brings it back.
    top - bottom + 0.0 * last_close
}

/// Wilder's average true range.
pub(in crate::expr::functions) struct AverageTrueRange {
    range: TrueRange,
    average: Smoothing,
}

impl AverageTrueRange {
    pub(in crate::expr::functions) fn new(n: f64) -> Self {
        Self { range: TrueRange::new(), average: Smoothing::wilder(n) }
    }

    /// Takes the next bar; the average, undefined until n true ranges are there.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, [high, low, close]: [f64; 3]) -> f64 {
        let last_close = std::mem::replace(&mut self.range.last_close, close);
        self.average.push(true_range(high, low, last_close))
    }

    /// The same for many bars.
    pub(in crate::expr::functions) fn run(&mut self, bars: [&[f64]; 3], out: &mut [f64]) {
        const CHUNK: usize = 256;
        let mut ranges = [0.0; CHUNK];
        for (start, out) in (0..out.len()).step_by(CHUNK).zip(out.chunks_mut(CHUNK)) {
            let ranges = &mut ranges[..out.len()];
            self.range.run(bars.map(|column| &column[start..start + ranges.len()]), ranges);
            self.average.run(ranges, out);
        }
    }
}

/// The highest high and the lowest low of the last n bars.
pub(in crate::expr::functions) struct Channel {
    highest: Sliding<Highest>,
    lowest: Sliding<Lowest>,
}

impl Channel {
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        Self { highest: Sliding::new(n), lowest: Sliding::new(n) }
    }

    /// Takes the next bar; top and bottom with it, each undefined while a value of its own is.
    #[inline]
    pub(in crate::expr::functions) fn push(&mut self, high: f64, low: f64) -> [f64; 2] {
        [self.highest.push(high).0, self.lowest.push(low).0]
    }

    /// The same, halfway between the two.
    #[inline]
    pub(in crate::expr::functions) fn middle(&mut self, high: f64, low: f64) -> f64 {
        let [top, bottom] = self.push(high, low);
        halfway(top, bottom)
    }

    /// The same, as where x lies from the bottom (0) to the top (100); 0 in a channel without width.
    #[inline]
    pub(in crate::expr::functions) fn place(&mut self, [high, low, x]: [f64; 3]) -> f64 {
        let [top, bottom] = self.push(high, low);
        let (above, range) = (x - bottom, top - bottom);
        // An undefined x is undefined in a channel without width too.
        let flat = range == 0.0 && !above.is_nan();
        if flat { 0.0 } else { 100.0 * (above / range) }
    }
}

/// The mean of two prices.
#[inline]
pub(in crate::expr::functions) fn halfway(a: f64, b: f64) -> f64 {
    (a + b) / 2.0
}

/// A bar's mean of high, low and close; exact where they are equal.
#[inline]
pub(in crate::expr::functions) fn typical(high: f64, low: f64, close: f64) -> f64 {
    low + ((high - low) + (close - low)) / 3.0
}

/// The variance of open, high, low and close within a bar, by Rogers and Satchell (1991), and the
/// logarithm of close / open.
///
/// With every price relative to the open, a high or low at the open or the close makes its product
/// exactly zero, so that no variance is below zero by rounding.
#[inline]
pub(in crate::expr::functions) fn driftless_variance(
    [open, high, low, close]: [f64; 4],
) -> (f64, f64) {
    let [up, down, body] = [high, low, close].map(|price| libm::log(price / open));
    (up * (up - body) + down * (down - body), body)
}

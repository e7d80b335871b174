//! The true range.

use super::Smoothing;
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

/// Wilder's average of the true range.
pub(in crate::expr::functions) struct AverageRange {
    range: TrueRange,
    average: Smoothing,
}

impl AverageRange {
    pub(in crate::expr::functions) fn new(n: f64) -> Self {
        Self { range: TrueRange::new(), average: Smoothing::wilder(n) }
    }

    /// The average at each bar goes to `out`.
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

//! Running totals over volume.

use super::is_zero;

/// Volume weighted by where the close lies between low and high, from -1 at the low to 1 at the high
/// (0 where these are equal), of high, low, close and volume; undefined where one of them is.
#[inline]
pub(in crate::expr::functions) fn money_flow([high, low, close, volume]: [f64; 4]) -> f64 {
    let range = high - low;
    let place = if is_zero(range) { 0.0 } else { ((close - low) - (high - close)) / range };
    place * volume + 0.0 * close
}

/// The accumulation/distribution line: the running total of money flow. An undefined bar is skipped.
pub(in crate::expr::functions) struct Accumulation {
    total: f64,
}

impl Accumulation {
    pub(in crate::expr::functions) fn new() -> Self {
        Self { total: 0.0 }
    }

    /// Takes high, low, close and volume of the next bar; the total with it.
    pub(in crate::expr::functions) fn push(&mut self, bar: [f64; 4]) -> f64 {
        let flow = money_flow(bar);
        if flow.is_nan() {
            return flow;
        }
        self.total += flow;
        self.total
    }
}

/// A price index that moves with the close on chosen bars only. An undefined bar is skipped.
pub(in crate::expr::functions) struct VolumeIndex {
    last: [f64; 2],
    index: f64,
}

impl VolumeIndex {
    pub(in crate::expr::functions) fn new() -> Self {
        Self { last: [f64::NAN; 2], index: 1_000.0 }
    }

    /// Takes close and volume of the next bar, which moves the index if its volume and the one before
    /// say so; the index with it.
    pub(in crate::expr::functions) fn push(
        &mut self,
        [close, volume]: [f64; 2],
        counts: impl Fn(f64, f64) -> bool,
    ) -> f64 {
        if close.is_nan() || volume.is_nan() {
            return f64::NAN;
        }
        let [last_close, last_volume] = std::mem::replace(&mut self.last, [close, volume]);
        let growth = close / last_close;
        if growth.is_finite() && counts(volume, last_volume) {
            self.index *= growth;
        }
        self.index
    }
}

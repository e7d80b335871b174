//! The accumulation/distribution line.

use super::is_zero;

/// The running total of volume weighted by where the close lies between low and high, from -1 at the
/// low to 1 at the high. An undefined bar is skipped.
pub(in crate::expr::functions) struct Accumulation {
    total: f64,
}

impl Accumulation {
    pub(in crate::expr::functions) fn new() -> Self {
        Self { total: 0.0 }
    }

    /// Takes high, low, close and volume of the next bar; the total with it.
    pub(in crate::expr::functions) fn push(&mut self, [high, low, close, volume]: [f64; 4]) -> f64 {
        let range = high - low;
        let place = if is_zero(range) { 0.0 } else { ((close - low) - (high - close)) / range };
        let flow = place * volume + 0.0 * close;
        if flow.is_nan() {
            return flow;
        }
        self.total += flow;
        self.total
    }
}

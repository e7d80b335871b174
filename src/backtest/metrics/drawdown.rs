//! Metrics of the fall from a peak.

use super::statistics::{highest, lowest};
use super::{Metric, Sample, Value, returns};
use crate::wide::wide;

const NONE: Value = Value::Undefined("no drawdown");
/// Closes that are looked at together for a new peak.
const CHUNK: usize = 64;

/// Gives the fall from the highest wealth so far, as a positive fraction, at each close after the start.
fn each_drawdown(s: &Sample<'_>, mut take: impl FnMut(f64)) {
    let mut peak = 0.0_f64;
    for (equity, scale) in s.wealth() {
        // A later fold starts with the wealth that the one before it ended with.
        for (i, wealth) in equity.iter().map(|x| x * scale).enumerate() {
            peak = peak.max(wealth);
            if i > 0 {
                take(1.0 - wealth / peak);
            }
        }
    }
}

/// The largest of all drawdowns, by a quotient per peak rather than per close: below one peak, the
/// lowest close has it.
#[derive(Default, Clone, Copy)]
pub(super) struct Fall {
    pub(super) deepest: f64,
    peak: f64,
}

impl Fall {
    /// Takes the next closes; wealth is equity by `scale`.
    pub(super) fn pass(&mut self, equity: &[f64], scale: f64) {
        let before = *self;
        *self = wide!({ before.after(equity, scale) });
    }

    #[inline(always)]
    fn after(mut self, equity: &[f64], scale: f64) -> Self {
        for chunk in equity.chunks(CHUNK) {
            let (low, high) = (lowest(chunk), highest(chunk));
            if high * scale <= self.peak {
                self.reach(low * scale);
                continue;
            }
            let mut trough = self.peak;
            for wealth in chunk.iter().map(|x| x * scale) {
                if wealth > self.peak {
                    self.reach(trough);
                    (self.peak, trough) = (wealth, wealth);
                } else if wealth < trough {
                    trough = wealth;
                }
            }
            self.reach(trough);
        }
        self
    }

    #[inline(always)]
    fn reach(&mut self, trough: f64) {
        // Before the first close there is no peak yet, and `max` ignores what is undefined.
        self.deepest = self.deepest.max(1.0 - trough / self.peak);
    }
}

pub(super) const MAX_DRAWDOWN: Metric = Metric {
    name: "max_drawdown",
    summary: "largest fall from a peak at a close, as a positive fraction of the peak",
    compute: |s| Value::finite(s.deepest()),
};

pub(super) const MAX_DRAWDOWN_BARS: Metric = Metric {
    name: "max_drawdown_bars",
    summary: "longest time below a former peak, in bars",
    compute: |s| {
        let (mut longest, mut run) = (0_u32, 0_u32);
        each_drawdown(s, |drawdown| {
            run = if drawdown > 0.0 { run + 1 } else { 0 };
            longest = longest.max(run);
        });
        Value::Defined(f64::from(longest))
    },
};

pub(super) const CALMAR: Metric = Metric {
    name: "calmar",
    summary: "CAGR over maximum drawdown, over the whole span",
    compute: |s| {
        let deepest = s.deepest();
        if deepest <= 0.0 {
            return NONE;
        }
        match (returns::CAGR.compute)(s) {
            Value::Defined(cagr) => Value::finite(cagr / deepest),
            undefined @ Value::Undefined(_) => undefined,
        }
    },
};

pub(super) const ULCER_INDEX: Metric = Metric {
    name: "ulcer_index",
    summary: "root mean square drawdown over the bars after the start, as a fraction",
    compute: |s| {
        let count = s.return_count();
        if count == 0 {
            return Value::Undefined("no returns");
        }
        let mut squares = 0.0;
        each_drawdown(s, |drawdown| squares += drawdown * drawdown);
        Value::finite((squares / count as f64).sqrt())
    },
};

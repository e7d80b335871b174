//! Metrics of the fall from a peak.

use super::{Metric, Sample, Value, returns};

const NONE: Value = Value::Undefined("no drawdown");

/// Fall from the highest wealth so far, as a positive fraction, at each point after the start.
fn drawdowns<'a>(s: &'a Sample<'_>) -> impl Iterator<Item = f64> + 'a {
    let mut peak = 1.0_f64;
    s.wealth.iter().skip(1).map(move |wealth| {
        peak = peak.max(*wealth);
        1.0 - wealth / peak
    })
}

fn deepest(s: &Sample<'_>) -> f64 {
    drawdowns(s).fold(0.0, f64::max)
}

pub(super) const MAX_DRAWDOWN: Metric = Metric {
    name: "max_drawdown",
    summary: "largest fall from a peak at a close, as a positive fraction of the peak",
    compute: |s| Value::finite(deepest(s)),
};

pub(super) const MAX_DRAWDOWN_BARS: Metric = Metric {
    name: "max_drawdown_bars",
    summary: "longest time below a former peak, in bars",
    compute: |s| {
        let (mut longest, mut run) = (0_u32, 0_u32);
        for drawdown in drawdowns(s) {
            run = if drawdown > 0.0 { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        Value::Defined(f64::from(longest))
    },
};

pub(super) const CALMAR: Metric = Metric {
    name: "calmar",
    summary: "CAGR over maximum drawdown, over the whole span",
    compute: |s| {
        let deepest = deepest(s);
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
        if s.returns.is_empty() {
            return Value::Undefined("no returns");
        }
        let squares: f64 = drawdowns(s).map(|d| d * d).sum();
        Value::finite((squares / s.returns.len() as f64).sqrt())
    },
};

//! Metrics of being in the market, and what it cost.

use super::{Metric, Sample, Value};

const NO_BARS: Value = Value::Undefined("no bars");

pub(super) const BARS: Metric = Metric {
    name: "bars",
    summary: "number of closes at which equity was marked",
    compute: |s| Value::Defined(s.bars() as f64),
};

pub(super) const EXPOSURE: Metric = Metric {
    name: "exposure",
    summary: "mean over closes of gross notional over equity",
    compute: |s| per_bar(s, s.exposure()),
};

pub(super) const TURNOVER: Metric = Metric {
    name: "turnover",
    summary: "traded notional over equity, both sides, per year",
    compute: |s| per_bar(s, s.turnover() * s.bars_per_year),
};

fn per_bar(s: &Sample<'_>, total: f64) -> Value {
    if s.bars() == 0 { NO_BARS } else { Value::finite(total / s.bars() as f64) }
}

pub(super) const FEES: Metric = Metric {
    name: "fees",
    summary: "fees paid, in account currency",
    compute: |s| Value::finite(s.costs().fees),
};

pub(super) const SLIPPAGE: Metric = Metric {
    name: "slippage",
    summary: "cost of slippage, contained in fill prices, in account currency",
    compute: |s| Value::finite(s.costs().slippage),
};

pub(super) const SPREAD: Metric = Metric {
    name: "spread",
    summary: "cost of the bid-ask spread, contained in fill prices, in account currency",
    compute: |s| Value::finite(s.costs().spread),
};

pub(super) const BORROW: Metric = Metric {
    name: "borrow",
    summary: "paid to borrow what was sold short, in account currency",
    compute: |s| Value::finite(s.costs().borrow),
};

pub(super) const FUNDING: Metric = Metric {
    name: "funding",
    summary: "funding paid (negative: received), in account currency",
    compute: |s| Value::finite(s.costs().funding),
};

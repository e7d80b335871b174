//! Metrics of bar returns.

use super::statistics::{Moments, quantile, sum_of};
use super::{Metric, Sample, Value};

const NO_RETURNS: Value = Value::Undefined("fewer than two returns");
const NO_LOSSES: Value = Value::Undefined("no negative return");
const CONSTANT: Value = Value::Undefined("returns don't vary");

pub(super) const TOTAL_RETURN: Metric = Metric {
    name: "total_return",
    summary: "final over starting equity, minus 1",
    compute: |s| Value::finite(s.growth() - 1.0),
};

pub(super) const CAGR: Metric = Metric {
    name: "cagr",
    summary: "compound annual growth: final over starting equity to the power bars per year / returns, minus 1",
    compute: |s| {
        if s.return_count() == 0 {
            return Value::Undefined("no returns");
        }
        let years = s.return_count() as f64 / s.bars_per_year;
        Value::finite(s.growth().max(0.0).powf(1.0 / years) - 1.0)
    },
};

pub(super) const VOLATILITY: Metric = Metric {
    name: "volatility",
    summary: "annualised standard deviation of bar returns (ddof 1)",
    compute: |s| match moments(s) {
        Some(moments) => Value::finite(moments.deviation() * s.bars_per_year.sqrt()),
        None => NO_RETURNS,
    },
};

pub(super) const SHARPE: Metric = Metric {
    name: "sharpe",
    summary: "mean over standard deviation (ddof 1) of bar returns, annualised by the square root of bars per year; risk-free rate 0",
    compute: |s| ratio(s, |_, moments| moments.deviation(), CONSTANT),
};

pub(super) const SORTINO: Metric = Metric {
    name: "sortino",
    summary: "like Sharpe, over the root mean square of negative returns taken over all bars",
    compute: |s| {
        ratio(
            s,
            |s, _| {
                let squares = sum_of(s.returns(), |r| r.min(0.0) * r.min(0.0));
                (squares / s.return_count() as f64).sqrt()
            },
            NO_LOSSES,
        )
    },
};

/// Moments of at least two returns.
fn moments<'s>(s: &'s Sample<'_>) -> Option<&'s Moments> {
    (s.return_count() >= 2).then(|| s.moments())
}

/// Annualised mean over a measure of risk, which is undefined as `riskless` says where that is zero.
fn ratio(s: &Sample<'_>, risk: fn(&Sample<'_>, &Moments) -> f64, riskless: Value) -> Value {
    let Some(moments) = moments(s) else { return NO_RETURNS };
    let risk = risk(s, moments);
    if risk <= 0.0 {
        return riskless;
    }
    Value::finite(moments.mean / risk * s.bars_per_year.sqrt())
}

pub(super) const FINAL_EQUITY: Metric = Metric {
    name: "final_equity",
    summary: "equity at the end, in account currency; over several folds, starting cash compounded",
    compute: |s| Value::finite(s.final_equity()),
};

pub(super) const TAIL_RATIO: Metric = Metric {
    name: "tail_ratio",
    summary: "95th over 5th percentile of bar returns, magnitudes (type 7 quantiles)",
    compute: |s| {
        if s.return_count() < 2 {
            return NO_RETURNS;
        }
        let mut returns = s.returns().to_vec();
        let [low, high] = [0.05, 0.95].map(|q| quantile(&mut returns, q).abs());
        if low <= 0.0 {
            return Value::Undefined("the 5th percentile is zero");
        }
        Value::finite(high / low)
    },
};

pub(super) const SKEW: Metric = Metric {
    name: "skew",
    summary: "biased skewness of bar returns (g1)",
    compute: |s| standardised_moment(s, 3),
};

pub(super) const KURTOSIS: Metric = Metric {
    name: "kurtosis",
    summary: "biased raw kurtosis of bar returns: 3 for a normal",
    compute: |s| standardised_moment(s, 4),
};

fn standardised_moment(s: &Sample<'_>, power: i32) -> Value {
    let Some(moments) = moments(s) else { return NO_RETURNS };
    let variance = moments.variance();
    if variance <= 0.0 {
        return CONSTANT;
    }
    let moment = sum_of(s.returns(), |r| (r - moments.mean).powi(power)) / s.return_count() as f64;
    Value::finite(moment / variance.powf(f64::from(power) / 2.0))
}

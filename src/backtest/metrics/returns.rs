//! Metrics of bar returns.

use super::{Metric, Sample, Value, deviation, mean, quantile, sorted};

const NO_RETURNS: Value = Value::Undefined("fewer than two returns");
const NO_LOSSES: Value = Value::Undefined("no negative return");
const CONSTANT: Value = Value::Undefined("returns don't vary");

pub(super) const TOTAL_RETURN: Metric = Metric {
    name: "total_return",
    summary: "final over starting equity, minus 1",
    compute: |s| Value::finite(s.wealth[s.wealth.len() - 1] - 1.0),
};

pub(super) const CAGR: Metric = Metric {
    name: "cagr",
    summary: "compound annual growth: final over starting equity to the power bars per year / returns, minus 1",
    compute: |s| {
        if s.returns.is_empty() {
            return Value::Undefined("no returns");
        }
        let years = s.returns.len() as f64 / s.bars_per_year;
        Value::finite(s.wealth[s.wealth.len() - 1].max(0.0).powf(1.0 / years) - 1.0)
    },
};

pub(super) const VOLATILITY: Metric = Metric {
    name: "volatility",
    summary: "annualised standard deviation of bar returns (ddof 1)",
    compute: |s| {
        if s.returns.len() < 2 {
            return NO_RETURNS;
        }
        Value::finite(deviation(&s.returns) * s.bars_per_year.sqrt())
    },
};

pub(super) const SHARPE: Metric = Metric {
    name: "sharpe",
    summary: "mean over standard deviation (ddof 1) of bar returns, annualised by the square root of bars per year; risk-free rate 0",
    compute: |s| ratio(s, deviation, CONSTANT),
};

pub(super) const SORTINO: Metric = Metric {
    name: "sortino",
    summary: "like Sharpe, over the root mean square of negative returns taken over all bars",
    compute: |s| {
        ratio(
            s,
            |r| {
                let squares: f64 = r.iter().map(|r| r.min(0.0) * r.min(0.0)).sum();
                (squares / r.len() as f64).sqrt()
            },
            NO_LOSSES,
        )
    },
};

/// Annualised mean over a measure of risk, which is undefined as `riskless` says where that is zero.
fn ratio(s: &Sample<'_>, risk: fn(&[f64]) -> f64, riskless: Value) -> Value {
    if s.returns.len() < 2 {
        return NO_RETURNS;
    }
    let risk = risk(&s.returns);
    if risk <= 0.0 {
        return riskless;
    }
    Value::finite(mean(&s.returns) / risk * s.bars_per_year.sqrt())
}

pub(super) const FINAL_EQUITY: Metric = Metric {
    name: "final_equity",
    summary: "equity at the end, in account currency; over several folds, starting cash compounded",
    compute: |s| Value::finite(s.last_equity.unwrap_or(s.cash * s.wealth[s.wealth.len() - 1])),
};

pub(super) const TAIL_RATIO: Metric = Metric {
    name: "tail_ratio",
    summary: "95th over 5th percentile of bar returns, magnitudes (type 7 quantiles)",
    compute: |s| {
        if s.returns.len() < 2 {
            return NO_RETURNS;
        }
        let sorted = sorted(&s.returns);
        let (low, high) = (quantile(&sorted, 0.05).abs(), quantile(&sorted, 0.95).abs());
        if low <= 0.0 {
            return Value::Undefined("the 5th percentile is zero");
        }
        Value::finite(high / low)
    },
};

pub(super) const SKEW: Metric = Metric {
    name: "skew",
    summary: "biased skewness of bar returns (g1)",
    compute: |s| standardised_moment(&s.returns, 3),
};

pub(super) const KURTOSIS: Metric = Metric {
    name: "kurtosis",
    summary: "biased raw kurtosis of bar returns: 3 for a normal",
    compute: |s| standardised_moment(&s.returns, 4),
};

fn standardised_moment(returns: &[f64], power: i32) -> Value {
    if returns.len() < 2 {
        return NO_RETURNS;
    }
    let mean = mean(returns);
    let n = returns.len() as f64;
    let moment = |power: i32| returns.iter().map(|r| (r - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    if variance <= 0.0 {
        return CONSTANT;
    }
    Value::finite(moment(power) / variance.powf(f64::from(power) / 2.0))
}

//! Metrics of closed trades. A trade's return is its net profit over its notional at entry.

use super::statistics::{deviation, mean, quantile};
use super::{Metric, Sample, Value};

const NO_TRADES: Value = Value::Undefined("no trades");
const NO_LOSSES: Value = Value::Undefined("no losing trade");
const NO_WINS: Value = Value::Undefined("no winning trade");

fn over_returns(s: &Sample<'_>, compute: fn(&[f64]) -> Value) -> Value {
    let returns = s.trade_returns();
    if returns.is_empty() { NO_TRADES } else { compute(returns) }
}

fn per_trade(s: &Sample<'_>, total: f64) -> Value {
    let count = s.trades().count();
    if count == 0 { NO_TRADES } else { Value::finite(total / count as f64) }
}

pub(super) const TRADES: Metric = Metric {
    name: "trades",
    summary: "number of closed trades",
    compute: |s| Value::Defined(s.trades().count() as f64),
};

pub(super) const WIN_RATE: Metric = Metric {
    name: "win_rate",
    summary: "share of trades with a net profit",
    compute: |s| {
        over_returns(s, |r| {
            Value::finite(r.iter().filter(|r| **r > 0.0).count() as f64 / r.len() as f64)
        })
    },
};

pub(super) const RETURN_PER_TRADE: Metric = Metric {
    name: "return_per_trade",
    summary: "mean net return of a trade",
    compute: |s| over_returns(s, |r| Value::finite(mean(r))),
};

pub(super) const MEDIAN_RETURN_PER_TRADE: Metric = Metric {
    name: "median_return_per_trade",
    summary: "median net return of a trade",
    compute: |s| over_returns(s, |r| Value::finite(quantile(&mut r.to_vec(), 0.5))),
};

pub(super) const PAYOFF: Metric = Metric {
    name: "payoff",
    summary: "mean winning return over mean losing return, magnitudes",
    compute: |s| {
        over_returns(s, |r| {
            let wins: Vec<f64> = r.iter().copied().filter(|r| *r > 0.0).collect();
            let losses: Vec<f64> = r.iter().copied().filter(|r| *r < 0.0).collect();
            match (wins.is_empty(), losses.is_empty()) {
                (true, _) => NO_WINS,
                (_, true) => NO_LOSSES,
                _ => Value::finite(mean(&wins) / -mean(&losses)),
            }
        })
    },
};

pub(super) const PROFIT_FACTOR: Metric = Metric {
    name: "profit_factor",
    summary: "sum of profits over sum of losses, in account currency",
    compute: |s| {
        if s.trades().next().is_none() {
            return NO_TRADES;
        }
        let won: f64 = s.trades().map(|trade| trade.pnl.max(0.0)).sum();
        let lost: f64 = s.trades().map(|trade| (-trade.pnl).max(0.0)).sum();
        if lost > 0.0 { Value::finite(won / lost) } else { NO_LOSSES }
    },
};

pub(super) const EXPECTANCY: Metric = Metric {
    name: "expectancy",
    summary: "mean net profit of a trade, in account currency",
    compute: |s| per_trade(s, s.trades().map(|trade| trade.pnl).sum()),
};

pub(super) const SQN: Metric = Metric {
    name: "sqn",
    summary: "system quality number: square root of the number of trades times mean over standard deviation (ddof 1) of trade returns",
    compute: |s| {
        over_returns(s, |r| {
            if r.len() < 2 {
                return Value::Undefined("fewer than two trades");
            }
            let deviation = deviation(r);
            if deviation <= 0.0 {
                return Value::Undefined("trade returns don't vary");
            }
            Value::finite((r.len() as f64).sqrt() * mean(r) / deviation)
        })
    },
};

pub(super) const BARS_HELD: Metric = Metric {
    name: "bars_held",
    summary: "mean number of bars from entry to exit",
    compute: |s| per_trade(s, s.trades().map(|trade| trade.bars).sum::<usize>() as f64),
};

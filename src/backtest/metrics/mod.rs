//! Metrics of one or several runs: one table, each metric a row.
//!
//! Conventions: returns are simple and per bar (close to close), the risk-free rate is 0,
//! annualisation is by the account's bars per year, standard deviations have ddof 1, several folds
//! are joined in time order as if their returns followed each other. An undefined metric says why
//! and is never 0, NaN or infinite.

mod drawdown;
mod holding;
mod returns;
mod sample;
mod statistics;
mod trades;

pub use sample::Sample;
pub(super) use sample::simple_returns;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::FoldRun;

/// A metric's value, or why it has none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A finite number.
    Defined(f64),
    /// Why there is none.
    Undefined(&'static str),
}

impl Value {
    /// The number, if there is one.
    pub fn get(self) -> Option<f64> {
        match self {
            Self::Defined(value) => Some(value),
            Self::Undefined(_) => None,
        }
    }

    /// A number that may have overflowed.
    fn finite(value: f64) -> Self {
        if value.is_finite() {
            Self::Defined(value)
        } else {
            Self::Undefined("not a finite number")
        }
    }
}

const NO_SUCH_METRIC: Value = Value::Undefined("no such metric");

/// One metric.
pub struct Metric {
    /// Its key in JSON.
    pub name: &'static str,
    /// What it is, with unit and convention.
    pub summary: &'static str,
    compute: fn(&Sample<'_>) -> Value,
}

/// All metrics in the order in which they are reported.
pub static TABLE: &[Metric] = &[
    holding::BARS,
    returns::TOTAL_RETURN,
    returns::CAGR,
    returns::VOLATILITY,
    returns::SHARPE,
    returns::SORTINO,
    drawdown::CALMAR,
    drawdown::MAX_DRAWDOWN,
    drawdown::MAX_DRAWDOWN_BARS,
    drawdown::ULCER_INDEX,
    returns::FINAL_EQUITY,
    trades::TRADES,
    trades::WIN_RATE,
    trades::RETURN_PER_TRADE,
    trades::MEDIAN_RETURN_PER_TRADE,
    trades::PAYOFF,
    trades::PROFIT_FACTOR,
    trades::EXPECTANCY,
    trades::SQN,
    holding::EXPOSURE,
    holding::TURNOVER,
    trades::BARS_HELD,
    returns::TAIL_RATIO,
    returns::SKEW,
    returns::KURTOSIS,
    holding::FEES,
    holding::SLIPPAGE,
    holding::SPREAD,
    holding::BORROW,
    holding::FUNDING,
];

/// The values of all metrics, in the order of [`TABLE`].
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics {
    values: Vec<Value>,
}

impl Metrics {
    /// Computes all metrics over runs that follow each other in time. Who needs a few asks a
    /// [`Sample`] for them.
    pub fn of(runs: &[&FoldRun], bars_per_year: f64) -> Self {
        let sample = Sample::of(runs, bars_per_year);
        Self { values: TABLE.iter().map(|metric| (metric.compute)(&sample)).collect() }
    }

    /// The metric of this name.
    pub fn get(&self, name: &str) -> Value {
        let at = TABLE.iter().position(|metric| metric.name == name);
        at.map_or(NO_SUCH_METRIC, |at| self.values[at])
    }

    /// All metrics with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Metric, Value)> + '_ {
        TABLE.iter().zip(self.values.iter().copied())
    }
}

impl Serialize for Metrics {
    /// `{ "sharpe": 1.2, "calmar": null, …, "undefined": { "calmar": "no drawdown" } }`
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut undefined = serde_json::Map::new();
        for (metric, value) in self.iter() {
            match value {
                // Counts are whole numbers in JSON as well.
                Value::Defined(x) if metric.is_count() => {
                    map.serialize_entry(metric.name, &(x as u64))?;
                }
                Value::Defined(x) => map.serialize_entry(metric.name, &x)?,
                Value::Undefined(reason) => {
                    map.serialize_entry(metric.name, &None::<f64>)?;
                    undefined.insert(metric.name.into(), reason.into());
                }
            }
        }
        if !undefined.is_empty() {
            map.serialize_entry("undefined", &undefined)?;
        }
        map.end()
    }
}

impl Metric {
    fn is_count(&self) -> bool {
        matches!(self.name, "bars" | "trades" | "max_drawdown_bars")
    }
}

//! `supertrend(n, k)`: a stop that follows the trend.

use super::kernel::{AverageTrueRange, halfway};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "supertrend",
    group: Group::Volatility,
    summary: "Supertrend (Seban): line = a stop at (high + low) / 2 - k × atr(n) below the \
              price in an uptrend, or as far above it in a downtrend, that only moves \
              towards the price; direction = 1 in an uptrend, -1 in a downtrend, changing \
              when the close passes the line. It starts as a downtrend, as TradingView's \
              does, whose directions have the opposite sign.",
    parameters: &[Parameter::window("n", 1).or(10.0), Parameter::constant("k", 0.0, 100.0).or(3.0)],
    implicit: &[Series::High, Series::Low, Series::Close],
    outputs: &["line", "direction"],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let (mut range, k) = (AverageTrueRange::new(c[0]), c[1]);
        let mut trend: Option<Trend> = None;
        per_bar(move |[high, low, close]| {
            let width = k * range.push([high, low, close]);
            let middle = halfway(high, low);
            let (lower, upper) = (middle - width, middle + width);
            if (upper + close).is_nan() {
                return [f64::NAN; 2];
            }
            let now = match &trend {
                None => Trend { is_up: false, lower, upper, close },
                Some(last) => last.next(lower, upper, close),
            };
            let output = if now.is_up { [now.lower, 1.0] } else { [now.upper, -1.0] };
            trend = Some(now);
            output
        })
    },
    fold: None,
    example: "supertrend(10, 3).direction > 0",
};

/// Both stops as of a bar, and on which side of them the price is.
struct Trend {
    is_up: bool,
    lower: f64,
    upper: f64,
    close: f64,
}

impl Trend {
    /// The next bar: a stop moves away from the price only where the close has passed it.
    fn next(&self, lower: f64, upper: f64, close: f64) -> Self {
        let lower = if self.close < self.lower { lower } else { lower.max(self.lower) };
        let upper = if self.close > self.upper { upper } else { upper.min(self.upper) };
        let is_up = if self.is_up { close >= lower } else { close > upper };
        Self { is_up, lower, upper, close }
    }
}

//! Indicators in the language, and loops that compute the same by hand.

use sprag::expr::{Graph, NodeId, Scope, lower, parse};
use sprag::market::Bars;

use crate::fused::Ema;

/// What is compared: the expression, the loop, and TA-Lib's milliseconds for a million bars as
/// `docs/benchmarks.md` has them.
pub struct Indicator {
    pub text: &'static str,
    pub by_hand: fn(&Bars) -> Vec<f64>,
    pub talib_ms: Option<f64>,
}

pub const INDICATORS: [Indicator; 5] = [
    Indicator { text: "sma(close, 20)", by_hand: |bars| sma(&bars.close, 20), talib_ms: Some(1.4) },
    Indicator { text: "ema(close, 20)", by_hand: |bars| ema(&bars.close, 20), talib_ms: Some(2.1) },
    Indicator { text: "rsi(close, 14)", by_hand: |bars| rsi(&bars.close, 14), talib_ms: Some(3.0) },
    Indicator { text: "atr(14)", by_hand: |bars| atr(bars, 14), talib_ms: Some(1.7) },
    Indicator {
        text: "highest(high, 20)",
        by_hand: |bars| highest(&bars.high, 20),
        // MAX of TA-Lib 0.8, measured beside this bench and not with the others.
        talib_ms: Some(1.04),
    },
];

impl Indicator {
    /// The expression as a node of a graph.
    pub fn lowered(&self) -> (Graph, NodeId) {
        let mut graph = Graph::default();
        let root = lower(&parse(self.text).unwrap(), &Scope::default(), &mut graph).unwrap();
        (graph, root)
    }
}

/// A running sum: it gathers rounding errors, but costs least.
fn sma(x: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    let share = 1.0 / n as f64;
    let mut sum: f64 = x[..n - 1].iter().sum();
    for ((out, new), old) in out[n - 1..].iter_mut().zip(&x[n - 1..]).zip(x) {
        sum += new;
        *out = sum * share;
        sum -= old;
    }
    out
}

fn ema(x: &[f64], n: usize) -> Vec<f64> {
    let mut average = Ema::new(n);
    let mut out: Vec<f64> = (0..n).map(|i| average.at(i, x[i])).collect();
    out.extend(x[n..].iter().map(|x| average.push(*x)));
    out
}

fn rsi(x: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    let alpha = 1.0 / n as f64;
    let change = |i: usize| x[i] - x[i - 1];
    let mut rise = (1..=n).map(|i| change(i).max(0.0)).sum::<f64>() * alpha;
    let mut fall = (1..=n).map(|i| (-change(i)).max(0.0)).sum::<f64>() * alpha;
    out[n] = 100.0 * rise / (rise + fall);
    for i in n + 1..x.len() {
        let step = change(i) * alpha;
        rise = rise * (1.0 - alpha) + step.max(0.0);
        fall = fall * (1.0 - alpha) - step.min(0.0);
        out[i] = 100.0 * rise / (rise + fall);
    }
    out
}

fn atr(bars: &Bars, n: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; bars.len()];
    let range = |i: usize| {
        let last = bars.close[i - 1];
        bars.high[i].max(last) - bars.low[i].min(last)
    };
    let alpha = 1.0 / n as f64;
    let mut average = (1..=n).map(range).sum::<f64>() * alpha;
    out[n] = average;
    for i in n + 1..bars.len() {
        average = average * (1.0 - alpha) + range(i) * alpha;
        out[i] = average;
    }
    out
}

/// Looks at the whole window only when the highest value leaves it.
fn highest(x: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; x.len()];
    let mut at = 0;
    for i in 0..x.len() {
        if x[i] >= x[at] {
            at = i;
        } else if at + n <= i {
            at = (i + 1 - n..=i).rev().fold(i, |best, j| if x[j] > x[best] { j } else { best });
        }
        if i + 1 >= n {
            out[i] = x[at];
        }
    }
    out
}

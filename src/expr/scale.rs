//! On which scale an indicator lives, so that a threshold can be mirrored, moved to another
//! indicator, and kept where the indicator can reach it.

use super::{Expr, ExprKind, functions, tree};

/// The usual range of an indicator.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// Lower end: a bound, or where an unbounded one rarely goes.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Scale {
    /// The threshold as far from the other end.
    pub(crate) fn mirrored(self, threshold: f64) -> f64 {
        self.low + self.high - threshold
    }

    /// The threshold at the same place of another scale.
    pub(crate) fn to(self, other: Self, threshold: f64) -> f64 {
        let part = (threshold - self.low) / (self.high - self.low);
        other.low + part * (other.high - other.low)
    }
}

/// Oscillators that say how high the price stands: any of them can take another's place.
pub(crate) const OSCILLATORS: [(&str, Scale); 7] = [
    ("rsi", Scale { low: 0.0, high: 100.0 }),
    ("stoch", Scale { low: 0.0, high: 100.0 }),
    ("mfi", Scale { low: 0.0, high: 100.0 }),
    ("percent_rank", Scale { low: 0.0, high: 100.0 }),
    ("willr", Scale { low: -100.0, high: 0.0 }),
    ("cci", Scale { low: -250.0, high: 250.0 }),
    ("zscore", Scale { low: -5.0, high: 5.0 }),
];

/// An oscillator of another oscillator: on the same scale, but no search brings it in.
const SECOND_ORDER: (&str, Scale) = ("stochrsi", Scale { low: 0.0, high: 100.0 });

/// Other indicators whose values have bounds.
const BOUNDED: [&str; 7] = ["adx", "adxr", "dx", "choppiness", "aroon", "plus_di", "minus_di"];

/// Indicators of change, whose neutral value is zero.
pub(crate) const CHANGES: [&str; 6] = ["roc", "rocp", "mom", "slope", "log_return", "macd"];

/// Others whose neutral value is zero, and whose opposite is as far below it.
const SIGNED: [&str; 5] = ["tsi", "cmf", "force", "skew", "linreg_angle"];

/// Whether the opposite of a threshold for this expression is its negative.
pub(crate) fn is_signed(expr: &Expr) -> bool {
    tree::called(expr).is_some_and(|name| CHANGES.contains(&name) || SIGNED.contains(&name))
}

/// The scale of the indicator that an expression calls, if it is an oscillator.
pub(crate) fn oscillator(expr: &Expr) -> Option<Scale> {
    let called = tree::called(expr)?;
    let mut known = OSCILLATORS.iter().chain([&SECOND_ORDER]);
    known.find(|(name, _)| *name == called).map(|(_, scale)| *scale)
}

/// On which scale a threshold for this expression is mirrored.
pub(crate) fn mirrored(expr: &Expr) -> Option<Scale> {
    let around_zero = || tree::called(expr).filter(|name| *name == "xs_zscore");
    oscillator(expr)
        .or_else(|| rank(expr))
        .or_else(|| around_zero().map(|_| Scale { low: -5.0, high: 5.0 }))
}

fn rank(expr: &Expr) -> Option<Scale> {
    tree::called(expr).filter(|name| *name == "xs_rank").map(|_| Scale { low: 0.0, high: 1.0 })
}

/// Where a threshold for this expression can be reached at all.
pub(crate) fn reachable(expr: &Expr) -> Option<Scale> {
    let percent = Scale { low: 0.0, high: 100.0 };
    oscillator(expr)
        .or_else(|| rank(expr))
        .or_else(|| tree::called(expr).filter(|name| BOUNDED.contains(name)).map(|_| percent))
}

/// An oscillator over `n` bars in its plainest form; none if this build lacks it.
pub(crate) fn call_oscillator(name: &str, n: Expr) -> Option<Expr> {
    functions::find(name)?;
    let close = || tree::name("close");
    Some(match name {
        "rsi" | "percent_rank" | "zscore" => tree::call(name, vec![close(), n]),
        "stoch" => {
            let smooth = || tree::number(3.0);
            tree::output(tree::call(name, vec![n, smooth(), smooth()]), "k")
        }
        _ => tree::call(name, vec![n]),
    })
}

/// The first window that an expression's call is given.
pub(crate) fn window_of(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Output { expr, .. } => window_of(expr),
        ExprKind::Call { name, args, .. } => {
            let parameters = functions::find(name)?.parameters;
            let is_window =
                |p: &functions::Parameter| matches!(p.kind, functions::Kind::Window { .. });
            args.get(parameters.iter().position(is_window)?)
        }
        _ => None,
    }
}

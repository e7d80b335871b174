//! The same idea for the other side: what says "up" is made to say "down", and what says nothing of
//! direction (volatility, volume, the calendar) stays.

use super::names::{fresh, source};
use super::scale;
use super::tree;
use crate::expr::functions::Group;
use crate::expr::{BinaryOp, Expr, ExprKind, functions};
use crate::strategy::Strategy;

/// Functions that speak of size or time, whatever direction their arguments have.
const NEUTRAL: [&str; 17] = [
    "atr",
    "natr",
    "adx",
    "adxr",
    "dx",
    "trange",
    "stdev",
    "var",
    "choppiness",
    "er",
    "kurt",
    "rsquared",
    "correl",
    "beta",
    "bars_since",
    "abs",
    "sqrt",
];

/// Functions of volatility whose values are prices.
const LEVELS: [&str; 4] = ["sar", "supertrend", "chandelier", "donchian"];

/// Pairs of a function or output and its opposite.
const OPPOSITES: [(&str, &str); 8] = [
    ("cross_above", "cross_below"),
    ("rising", "falling"),
    ("highest", "lowest"),
    ("high", "low"),
    ("upper", "lower"),
    ("plus_di", "minus_di"),
    ("plus_dm", "minus_dm"),
    ("argmax", "argmin"),
];

/// Pairs of outputs: further opposites, of words that may also name a `[let]`.
const OPPOSITE_OUTPUTS: [(&str, &str); 3] = [("up", "down"), ("plus", "minus"), ("long", "short")];

/// Mirrors a condition of `strategy` for the side called `prefix`; a `[let]` that has a direction
/// comes in a second version, named after the side.
pub(super) fn condition(expr: &Expr, strategy: &mut Strategy, prefix: &str) -> Expr {
    let mut mirrored = mirror_condition(expr, strategy);
    rename(&mut mirrored, strategy, prefix);
    mirrored
}

/// Gives each `[let]` in a mirrored condition its mirrored version.
fn rename(expr: &mut Expr, strategy: &mut Strategy, prefix: &str) {
    tree::substitute(expr, &mut |name| {
        let (_, binding) = strategy.lets.iter().find(|(known, _)| known == name)?;
        let original = binding.expr.clone();
        let mut mirrored = if tree::is_condition(&original) || is_condition(&original, strategy) {
            mirror_condition(&original, strategy)
        } else {
            mirror_value(&original, strategy)
        };
        rename(&mut mirrored, strategy, prefix);
        let text = mirrored.to_string();
        if text == original.to_string() {
            return None;
        }
        if let Some((known, _)) = strategy.lets.iter().find(|(_, s)| s.expr.to_string() == text) {
            return Some(tree::name(known));
        }
        let name = fresh(strategy, &format!("{prefix}_{name}"));
        strategy.lets.push((name.clone(), source(&format!("let.{name}"), mirrored)));
        Some(tree::name(&name))
    });
}

/// Whether an expression is a condition, through `[let]`s.
fn is_condition(expr: &Expr, strategy: &Strategy) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => {
            let binding = strategy.lets.iter().find(|(known, _)| known == name);
            binding.is_some_and(|(_, source)| is_condition(&source.expr, strategy))
        }
        _ => match tree::reached(expr) {
            Some(inner) => is_condition(inner, strategy),
            None => tree::is_condition(expr),
        },
    }
}

fn opposite(name: &str) -> Option<&'static str> {
    other_of(&OPPOSITES, name)
}

fn opposite_output(name: &str) -> Option<&'static str> {
    opposite(name).or_else(|| other_of(&OPPOSITE_OUTPUTS, name))
}

fn other_of(pairs: &[(&'static str, &'static str)], name: &str) -> Option<&'static str> {
    pairs.iter().find_map(|(a, b)| match name {
        _ if name == *a => Some(*b),
        _ if name == *b => Some(*a),
        _ => None,
    })
}

/// Whether an expression rises with the price.
fn is_directional(expr: &Expr, strategy: &Strategy) -> bool {
    let has = |expr: &Expr| is_directional(expr, strategy);
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Bool(_) | ExprKind::Text(_) => false,
        ExprKind::Name(name) => match name.as_str() {
            "open" | "high" | "low" | "close" => true,
            _ => match strategy.lets.iter().find(|(known, _)| known == name) {
                Some((_, source)) => has(&source.expr),
                None => function_is_directional(name),
            },
        },
        ExprKind::Call { name, args, .. } => {
            !NEUTRAL.contains(&name.as_str())
                && (args.iter().any(has) || function_is_directional(name))
        }
        ExprKind::Lag { expr, .. } => has(expr),
        // `atr(14) / close` is a size; `close / sma(close, 50)` a height.
        ExprKind::Binary { op: BinaryOp::Divide, left, .. } => has(left),
        _ => expr.children().into_iter().any(has),
    }
}

/// Whether a function reads prices by itself and rises with them.
fn function_is_directional(name: &str) -> bool {
    let Some(function) = functions::find(name) else { return false };
    let is_size = matches!(function.group, Group::Calendar | Group::Volatility);
    !NEUTRAL.contains(&name)
        && (!is_size || LEVELS.contains(&name))
        && !function.implicit.is_empty()
}

fn mirror_condition(expr: &Expr, strategy: &Strategy) -> Expr {
    let mut new = expr.clone();
    if let Some(inner) = tree::reached_mut(&mut new) {
        *inner = mirror_condition(inner, strategy);
        return new;
    }
    match &mut new.kind {
        ExprKind::Not(inner) => **inner = mirror_condition(inner, strategy),
        ExprKind::Lag { expr: inner, .. } => **inner = mirror_condition(inner, strategy),
        ExprKind::Binary { op, left, right } if op.is_logic() => {
            **left = mirror_condition(left, strategy);
            **right = mirror_condition(right, strategy);
        }
        ExprKind::Binary { op, left, right } if op.is_comparison() => {
            mirror_comparison(op, left, right, strategy);
        }
        ExprKind::Call { name, args, .. }
            if args.iter().any(|arg| is_directional(arg, strategy)) =>
        {
            match args.as_mut_slice() {
                [a, b] if name.starts_with("cross_") => mirror_operands(a, b, strategy),
                args => mirror_values(args, strategy),
            }
            *name = opposite(name).map_or_else(|| name.clone(), str::to_owned);
        }
        _ => {}
    }
    new
}

fn mirror_comparison(op: &mut BinaryOp, left: &mut Expr, right: &mut Expr, strategy: &Strategy) {
    // `count(close > open, 10) >= 7`: the condition inside has the direction.
    for side in [&mut *left, &mut *right] {
        if let ExprKind::Call { name, args, .. } = &mut side.kind
            && matches!(name.as_str(), "count" | "bars_since")
        {
            for arg in args.iter_mut().filter(|arg| is_condition(arg, strategy)) {
                *arg = mirror_condition(arg, strategy);
            }
            return;
        }
    }
    if !is_directional(left, strategy) && !is_directional(right, strategy) {
        return;
    }
    // Of a pair such as `aroon(25).up > 70` the other one says "down", on the same side of 70.
    match (is_pair(left), is_pair(right)) {
        (true, true) => *op = flipped(*op),
        (true, false) => *left = mirror_value(left, strategy),
        (false, true) => *right = mirror_value(right, strategy),
        (false, false) => {
            mirror_operands(left, right, strategy);
            *op = flipped(*op);
        }
    }
}

/// Whether this is one of two that say "up" and "down" on the same scale.
fn is_pair(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Output { output, .. } => {
            matches!(output.as_str(), "up" | "down" | "plus" | "minus")
        }
        ExprKind::Call { name, .. } => {
            matches!(
                name.as_str(),
                "plus_di" | "minus_di" | "plus_dm" | "minus_dm" | "argmax" | "argmin"
            )
        }
        _ => false,
    }
}

fn flipped(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        op => op,
    }
}

/// Mirrors both sides of a comparison; a threshold is mirrored on the scale of what it is compared with.
fn mirror_operands(left: &mut Expr, right: &mut Expr, strategy: &Strategy) {
    match (is_directional(left, strategy), is_directional(right, strategy)) {
        (true, false) => *right = mirror_threshold(right, left),
        (false, true) => *left = mirror_threshold(left, right),
        _ => {}
    }
    *left = mirror_value(left, strategy);
    *right = mirror_value(right, strategy);
}

fn mirror_threshold(threshold: &Expr, of: &Expr) -> Expr {
    if let Some(scale) = scale::mirrored(of) {
        let sum = scale.low + scale.high;
        return match threshold.kind {
            ExprKind::Number(value) => tree::number(super::steps::round(scale.mirrored(value), 12)),
            _ if sum.abs() > 0.0 => {
                tree::binary(BinaryOp::Subtract, tree::number(sum), threshold.clone())
            }
            _ => tree::negated(threshold),
        };
    }
    match (&of.kind, &threshold.kind) {
        _ if scale::is_signed(of) => tree::negated(threshold),
        // `close / sma(close, 50) > 1.02`: as far below one.
        (ExprKind::Binary { op: BinaryOp::Divide, .. }, ExprKind::Number(value)) => {
            tree::number(around_one(*value))
        }
        (ExprKind::Binary { op: BinaryOp::Subtract, .. }, _) => tree::negated(threshold),
        _ => threshold.clone(),
    }
}

fn around_one(value: f64) -> f64 {
    if (0.5..1.5).contains(&value) { super::steps::round(2.0 - value, 6) } else { value }
}

fn mirror_values(values: &mut [Expr], strategy: &Strategy) {
    for value in values {
        *value = mirror_value(value, strategy);
    }
}

fn mirror_value(expr: &Expr, strategy: &Strategy) -> Expr {
    if !is_directional(expr, strategy) {
        return expr.clone();
    }
    let mut new = expr.clone();
    if let Some(inner) = tree::reached_mut(&mut new)
        && is_condition(inner, strategy)
    {
        *inner = mirror_condition(inner, strategy);
        return new;
    }
    match &mut new.kind {
        ExprKind::Call { name, args, .. } => {
            *name = opposite(name).map_or_else(|| name.clone(), str::to_owned);
            // What was when the one thing happened: what was when the opposite did.
            if let ("valuewhen", [when, ..]) = (name.as_str(), args.as_mut_slice()) {
                *when = mirror_condition(when, strategy);
            }
            mirror_values(args, strategy);
        }
        ExprKind::Name(name) => {
            *name = opposite(name).map_or_else(|| name.clone(), str::to_owned);
        }
        ExprKind::Output { expr: inner, output, .. } => {
            *output = opposite_output(output).map_or_else(|| output.clone(), str::to_owned);
            **inner = mirror_value(inner, strategy);
        }
        ExprKind::Lag { expr: inner, .. } => **inner = mirror_value(inner, strategy),
        ExprKind::Binary { op, left, right } => {
            let (up, beside) = (is_directional(left, strategy), !is_directional(right, strategy));
            match op {
                // `ema(close, 20) + 2 * atr(20)`: the band on the other side.
                BinaryOp::Add if up && beside => *op = BinaryOp::Subtract,
                BinaryOp::Subtract if up && beside => *op = BinaryOp::Add,
                BinaryOp::Multiply => {
                    **left = mirror_factor(left, strategy);
                    **right = mirror_factor(right, strategy);
                }
                _ => {}
            }
            **left = mirror_value(left, strategy);
            **right = mirror_value(right, strategy);
        }
        _ => {}
    }
    new
}

/// A factor near one is as far on the other side of it; any other is a size and stays.
fn mirror_factor(factor: &Expr, strategy: &Strategy) -> Expr {
    match &factor.kind {
        ExprKind::Number(value) => tree::number(around_one(*value)),
        ExprKind::Name(name) => {
            let param = strategy.params.iter().find(|param| param.name == *name);
            if param.is_some_and(|param| (0.5..1.5).contains(&param.value)) {
                tree::binary(BinaryOp::Subtract, tree::number(2.0), factor.clone())
            } else {
                factor.clone()
            }
        }
        _ => factor.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expr::parse;

    fn strategy(lets: &str) -> Strategy {
        let text = format!("[let]\n{lets}\n[long]\nenter = 'true'\nexit = 'false'");
        Strategy::parse("strategy.toml", &text).unwrap()
    }

    fn mirrored(text: &str) -> String {
        condition(&parse(text).unwrap(), &mut strategy(""), "short").to_string()
    }

    /// Both directions of the mirror, since it must be its own inverse.
    #[track_caller]
    fn check(long: &str, short: &str) {
        assert_eq!(mirrored(long), short);
        assert_eq!(mirrored(short), long);
    }

    #[test]
    fn up_becomes_down() {
        check("close > sma(close, 50)", "close < sma(close, 50)");
        check("close > highest(high, 20)[1]", "close < lowest(low, 20)[1]");
        check(
            "cross_above(ema(close, 20), ema(close, 50))",
            "cross_below(ema(close, 20), ema(close, 50))",
        );
        check("rsi(close, 14) < 30", "rsi(close, 14) > 70");
        check("willr(14) < -80", "willr(14) > -20");
        check("cross_above(rsi(close, 14), 40)", "cross_below(rsi(close, 14), 60)");
        check("roc(close, 60) > 5", "roc(close, 60) < -5");
        check("macd(close, 12, 26, 9).hist > 0", "macd(close, 12, 26, 9).hist < 0");
        check("close < bbands(close, 20, 2).lower", "close > bbands(close, 20, 2).upper");
        check("close > ema(close, 20) + 2 * atr(20)", "close < ema(close, 20) - 2 * atr(20)");
        check("close > highest(high, 250) * 0.9", "close < lowest(low, 250) * 1.1");
        check("close / sma(close, 50) > 1.02", "close / sma(close, 50) < 0.98");
        check("count(close > close[1], 10) >= 6", "count(close < close[1], 10) >= 6");
        check("aroon(25).up > 70", "aroon(25).down > 70");
        check("aroon(25).up > aroon(25).down", "aroon(25).up < aroon(25).down");
        check(
            "aroon(25).up > 70 and plus_di(14) > 30",
            "aroon(25).down > 70 and minus_di(14) > 30",
        );
        check("rising(close, 3)", "falling(close, 3)");
        check("close > donchian(20).upper[1]", "close < donchian(20).lower[1]");
        check("close < chandelier(22, 3).long", "close > chandelier(22, 3).short");
        check("close - sar(0.02, 0.2) > atr(14)", "close - sar(0.02, 0.2) < -atr(14)");
        check("supertrend(10, 3).direction > 0", "supertrend(10, 3).direction < 0");
        check("vortex(14).plus > vortex(14).minus", "vortex(14).plus < vortex(14).minus");
        check("vortex(14).plus > 1.1", "vortex(14).minus > 1.1");
        check("argmax(high, 20) < 3", "argmin(low, 20) < 3");
        check("stochrsi(close, 14, 14, 3).k < 20", "stochrsi(close, 14, 14, 3).k > 80");
        check("rocp(close, 20) > 0.05", "rocp(close, 20) < -0.05");
        check("cmf(20) > 0.1", "cmf(20) < -0.1");
        check("close > vwap and close > midprice(26)", "close < vwap and close < midprice(26)");
        check("close > valuewhen(close > open, high)", "close < valuewhen(close < open, low)");
        check("not close > open and obv > sma(obv, 20)", "not close < open and obv < sma(obv, 20)");
    }

    #[test]
    fn other_bars_are_mirrored_as_ours_are() {
        check(
            "symbol('SPX', close) > symbol('SPX', sma(close, 200))",
            "symbol('SPX', close) < symbol('SPX', sma(close, 200))",
        );
        check("symbol('SPX', close > sma(close, 200))", "symbol('SPX', close < sma(close, 200))");
        check("symbol('SPX', rsi(close, 14)) < 30", "symbol('SPX', rsi(close, 14)) > 70");
        check(
            "timeframe('1w', close > highest(high, 20)[1] and volume > sma(volume, 20))",
            "timeframe('1w', close < lowest(low, 20)[1] and volume > sma(volume, 20))",
        );
        check("xs_rank(roc(close, 60)) > 0.8", "xs_rank(roc(close, 60)) < 0.2");
        check("xs_zscore(roc(close, 60)) > 1", "xs_zscore(roc(close, 60)) < -1");
        check("xs_mean(roc(close, 60)) > 2", "xs_mean(roc(close, 60)) < -2");
        check(
            "not timeframe('1M', symbol('SPX', rising(close, 3)))",
            "not timeframe('1M', symbol('SPX', falling(close, 3)))",
        );
        for neutral in ["timeframe('1w', natr(14)) < 4", "xs_rank(natr(14)) < 0.5"] {
            assert_eq!(mirrored(neutral), neutral);
        }
    }

    #[test]
    fn size_and_time_stay() {
        for neutral in [
            "atr(14) / close < 0.04",
            "natr(14) < sma(natr(14), 100)",
            "adx(14) > 25",
            "volume > 1.2 * sma(volume, 20)",
            "stdev(log_return(close), 20) < 0.02",
            "weekday != 5",
            "percent_rank(natr(14), 250) < 80",
            "yang_zhang(20) < parkinson(20)",
            "er(close, 20) > 0.5 and choppiness(14) < 38.2",
            "session(9.5, 16) and adxr(14) > 20",
        ] {
            assert_eq!(mirrored(neutral), neutral);
        }
    }

    #[test]
    fn names_with_a_direction_get_a_second_version() {
        let mut strategy = strategy(
            "trend = 'close > sma(close, 50)'\ncalm = 'atr(14) / close < 0.04'\ntop = 'highest(high, 20)[1]'",
        );
        let long = parse("trend and calm and close > top").unwrap();
        let short = condition(&long, &mut strategy, "short");
        assert_eq!(short.to_string(), "short_trend and calm and close < short_top");
        let text = |i: usize| strategy.lets[i].1.expr.to_string();
        assert_eq!(
            (text(3), text(4)),
            ("close < sma(close, 50)".into(), "lowest(low, 20)[1]".into())
        );
    }
}

//! Puts a function or an input of the same type in the place of another.

use super::Change;
use crate::expr::functions;
use crate::expr::{BinaryOp, Expr, ExprKind};
use crate::propose::search::scale::{self, CHANGES, OSCILLATORS};
use crate::propose::search::{Subject, steps, tree};
use crate::rng::Rng;
use crate::strategy::Strategy;

/// Functions `f(x, n)` that follow the level of x.
const AVERAGES: [&str; 10] =
    ["sma", "ema", "wma", "rma", "dema", "tema", "hma", "vwma", "median", "linreg"];
/// What stands for the price of a bar.
const PRICES: [&str; 4] = ["close", "(high + low) / 2", "(high + low + close) / 3", "open"];

pub(super) fn draft(_: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let mut places: Vec<(String, usize, Vec<Expr>)> = Vec::new();
    for source in changed.expressions() {
        let nodes = source.expr.nodes();
        let key = &source.origin.key;
        // A moment and another moment hardly ever coincide; who knows what a [let] is joined with.
        let only_state = key.starts_with("let.") || nodes.iter().any(|node| is_event(node));
        for (index, node) in nodes.into_iter().enumerate() {
            let mut others = alternatives(node);
            others.retain(|new| is_event(node) || !is_event(new) || !only_state);
            if !others.is_empty() {
                places.push((key.clone(), index, others));
            }
        }
    }
    let (key, index, mut others) = rng.take(&mut places)?;
    let new = rng.take(&mut others)?;
    let rule = changed.rule_mut(&key)?;
    let node = tree::node_mut(&mut rule.expr, index)?;
    let what = format!("in {key} use `{new}` for `{node}`");
    let effect = match key.as_str() {
        key if key.ends_with(".exit") => {
            "it sees the end of a move more reliably, so the return per trade rises"
        }
        key if key.starts_with("risk.") => {
            "fewer trades end at the wrong moment, so the return per trade rises"
        }
        key if key.starts_with("size.") => {
            "money goes to the better positions, so the return for the risk taken rises"
        }
        _ => "it tells good entries from bad ones better, so the return per trade rises",
    };
    *node = new;
    Some(Change::new(what, effect))
}

fn is_event(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { name, .. } if name.starts_with("cross_"))
}

/// Everything of the same type and meaning that could stand in this part's place.
fn alternatives(node: &Expr) -> Vec<Expr> {
    let mut all = same_arguments(node);
    all.extend(other_oscillators(node));
    all.extend(other_changes(node));
    all.extend(other_inputs(node));
    all.extend(event_or_state(node));
    all
}

/// `sma(x, n)` → `ema(x, n)`.
fn same_arguments(node: &Expr) -> Vec<Expr> {
    let ExprKind::Call { name, args, .. } = &node.kind else { return Vec::new() };
    if !AVERAGES.contains(&name.as_str()) || args.len() != 2 {
        return Vec::new();
    }
    let others = AVERAGES.into_iter().filter(|other| other != name);
    let others = others.filter(|other| functions::find(other).is_some());
    others.map(|other| tree::call(other, args.clone())).collect()
}

/// `rsi(close, 14) < 30` → `willr(14) < -70`, whichever side the threshold is on.
fn other_oscillators(node: &Expr) -> Vec<Expr> {
    let (indicator, threshold, rebuild): (_, _, Box<dyn Fn(Expr, Expr) -> Expr>) = match &node.kind
    {
        ExprKind::Binary { op, left, right } if op.is_comparison() => {
            let op = *op;
            if scale::oscillator(left).is_some() {
                (&**left, &**right, Box::new(move |a, b| tree::binary(op, a, b)))
            } else {
                (&**right, &**left, Box::new(move |a, b| tree::binary(op, b, a)))
            }
        }
        ExprKind::Call { name, args, .. } if name.starts_with("cross_") => {
            let [a, b] = args.as_slice() else { return Vec::new() };
            let name = name.clone();
            (a, b, Box::new(move |a, b| tree::call(&name, vec![a, b])))
        }
        _ => return Vec::new(),
    };
    let (Some(scale), Some(window)) = (scale::oscillator(indicator), scale::window_of(indicator))
    else {
        return Vec::new();
    };
    let own = tree::called(indicator);
    let others = OSCILLATORS.iter().filter(|(name, _)| Some(*name) != own);
    let others = others.filter_map(|(name, other)| {
        let threshold = match threshold.kind {
            ExprKind::Number(value) => tree::number(steps::round(scale.to(*other, value), 3)),
            // A parameter's bounds only fit the scale that they were made for.
            ExprKind::Name(_) if scale == *other => threshold.clone(),
            _ => return None,
        };
        Some(rebuild(scale::call_oscillator(name, window.clone())?, threshold))
    });
    others.collect()
}

/// `roc(close, 60) > 0` → `slope(close, 60) > 0`.
fn other_changes(node: &Expr) -> Vec<Expr> {
    let ExprKind::Binary { op, left, right } = &node.kind else { return Vec::new() };
    let is_zero = matches!(right.kind, ExprKind::Number(value) if value.abs() <= 0.0);
    let ExprKind::Call { name, args, .. } = &left.kind else { return Vec::new() };
    if !op.is_comparison() || !is_zero || args.len() != 2 || !CHANGES.contains(&name.as_str()) {
        return Vec::new();
    }
    let others = ["roc", "slope", "zscore"].into_iter().filter(|other| other != name);
    let others = others.filter(|other| functions::find(other).is_some());
    others
        .map(|other| tree::binary(*op, tree::call(other, args.clone()), (**right).clone()))
        .collect()
}

/// The first argument of an average or channel: another price of the bar.
fn other_inputs(node: &Expr) -> Vec<Expr> {
    let ExprKind::Call { name, args, .. } = &node.kind else { return Vec::new() };
    let [input, rest @ ..] = args.as_slice() else { return Vec::new() };
    let inputs: Vec<&str> = match name.as_str() {
        "highest" => vec!["high", "close"],
        "lowest" => vec!["low", "close"],
        name if AVERAGES.contains(&name) || name == "rsi" || name == "roc" => PRICES.to_vec(),
        _ => return Vec::new(),
    };
    let text = input.to_string();
    if !inputs.contains(&text.as_str()) {
        return Vec::new();
    }
    let others = inputs.into_iter().filter(|other| *other != text).filter_map(tree::known);
    let with = |other: Expr| std::iter::once(other).chain(rest.iter().cloned()).collect();
    others.map(|other| tree::call(name, with(other))).collect()
}

/// `cross_above(a, b)` ↔ `a > b`: the moment, or as long as it lasts.
fn event_or_state(node: &Expr) -> Vec<Expr> {
    match &node.kind {
        ExprKind::Call { name, args, .. } => match (name.as_str(), args.as_slice()) {
            ("cross_above", [a, b]) => vec![tree::binary(BinaryOp::Greater, a.clone(), b.clone())],
            ("cross_below", [a, b]) => vec![tree::binary(BinaryOp::Less, a.clone(), b.clone())],
            _ => Vec::new(),
        },
        ExprKind::Binary { op, left, right } => {
            let event = match op {
                BinaryOp::Greater | BinaryOp::GreaterEqual => "cross_above",
                BinaryOp::Less | BinaryOp::LessEqual => "cross_below",
                _ => return Vec::new(),
            };
            if functions::find(event).is_none() {
                return Vec::new();
            }
            vec![tree::call(event, vec![(**left).clone(), (**right).clone()])]
        }
        _ => Vec::new(),
    }
}

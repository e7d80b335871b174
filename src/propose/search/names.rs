//! Names of a strategy: which are used, which have become idle, and which are free.

use std::collections::BTreeSet;

use super::tree;
use crate::expr::{Expr, is_valid_name};
use crate::strategy::{Origin, Param, Source, Strategy};

/// An expression as the rule at `key`.
pub(super) fn source(key: &str, expr: Expr) -> Source {
    let text = expr.to_string();
    Source { expr, origin: Origin { key: key.into(), offset: None, text } }
}

/// The sign that the value of a rule is written with: `%` for a distance in percent.
pub(super) fn unit(strategy: &Strategy, key: &str) -> &'static str {
    let risk = &strategy.risk;
    let distance = match key {
        "risk.stop_loss" => &risk.stop_loss,
        "risk.take_profit" => &risk.take_profit,
        "risk.trailing_stop" => &risk.trailing_stop,
        _ => &None,
    };
    if distance.as_ref().is_some_and(|distance| distance.percent) { "%" } else { "" }
}

/// Whether a risk rule can end a trade, so that a side needs no exit.
pub(super) fn risk_ends_trades(strategy: &Strategy) -> bool {
    let risk = &strategy.risk;
    risk.stop_loss.is_some()
        || risk.take_profit.is_some()
        || risk.trailing_stop.is_some()
        || risk.max_bars.is_some()
}

/// Parameters and `[let]`s that no rule reaches.
pub(super) fn idle(strategy: &Strategy) -> BTreeSet<String> {
    let rules = strategy.expressions().into_iter();
    let mut open: Vec<&Expr> =
        rules.filter(|s| !s.origin.key.starts_with("let.")).map(|s| &s.expr).collect();
    let mut used = BTreeSet::new();
    while let Some(expr) = open.pop() {
        for name in tree::names(expr) {
            if used.insert(name) {
                let binding = strategy.lets.iter().find(|(known, _)| known == name);
                open.extend(binding.map(|(_, source)| &source.expr));
            }
        }
    }
    let params = strategy.params.iter().map(|param| &param.name);
    let all = params.chain(strategy.lets.iter().map(|(name, _)| name));
    all.filter(|name| !used.contains(name.as_str())).cloned().collect()
}

/// Removes what has become idle, so that files don't rot. Names in `keep` were idle before, by
/// somebody's wish, and stay.
pub(super) fn prune(strategy: &mut Strategy, keep: &BTreeSet<String>) {
    let idle = idle(strategy);
    let stays = |name: &String| keep.contains(name) || !idle.contains(name);
    strategy.params.retain(|param| stays(&param.name));
    strategy.lets.retain(|(name, _)| stays(name));
}

/// Whether a name is free for a parameter or a `[let]`.
fn is_free(strategy: &Strategy, name: &str) -> bool {
    is_valid_name(name).is_ok()
        && strategy.params.iter().all(|param| param.name != name)
        && strategy.lets.iter().all(|(known, _)| known != name)
}

/// `wanted`, or the first of `wanted_2`, `wanted_3` … that is free.
pub(super) fn fresh(strategy: &Strategy, wanted: &str) -> String {
    let mut name = wanted.to_owned();
    let mut n = 1_usize;
    // Ends: a strategy has a bounded number of names.
    while !is_free(strategy, &name) && n < 1_000 {
        n += 1;
        name = format!("{wanted}_{n}");
    }
    name
}

/// Adds a tunable parameter under a free name near `wanted` and returns that name.
pub(super) fn add_param(
    strategy: &mut Strategy,
    wanted: &str,
    value: f64,
    bounds: (f64, f64),
) -> String {
    let name = fresh(strategy, wanted);
    let whole = [value, bounds.0, bounds.1].iter().all(|x| x.fract() == 0.0);
    let bounds = Some(bounds);
    strategy.params.push(Param { name: name.clone(), value, bounds, whole, fit: false });
    name
}

/// Brings an expression over from another strategy, with the names that it needs. A parameter that
/// both have keeps the value that it has here; a `[let]` that means something else here comes under
/// another name.
pub(super) fn adopt(expr: &Expr, from: &Strategy, into: &mut Strategy) -> Expr {
    let mut adopted = expr.clone();
    tree::substitute(&mut adopted, &mut |name| {
        if let Some(param) = from.params.iter().find(|param| param.name == name) {
            if into.params.iter().any(|own| own.name == name) {
                return None;
            }
            let name = fresh(into, name);
            into.params.push(Param { name: name.clone(), ..param.clone() });
            return Some(tree::name(&name));
        }
        let (_, binding) = from.lets.iter().find(|(known, _)| known == name)?;
        let definition = adopt(&binding.expr, from, into);
        let text = definition.to_string();
        if let Some((own, _)) = into.lets.iter().find(|(_, own)| own.expr.to_string() == text) {
            return Some(tree::name(own));
        }
        let name = fresh(into, name);
        into.lets.push((name.clone(), source(&format!("let.{name}"), definition)));
        Some(tree::name(&name))
    });
    adopted
}

//! Adds, removes or rescales a rule of `[risk]`.

use super::Change;
use crate::expr::{BinaryOp, Expr, ExprKind, functions};
use crate::propose::search::{Subject, effect, names, steps, tree};
use crate::rng::Rng;
use crate::strategy::{Source, Strategy, WrittenDistance};

/// How often a present rule is rescaled, when one is drawn; else removed or put another way.
const RESCALE_SHARE: f64 = 0.5;
const REMOVE_SHARE: f64 = 0.5;
/// How often a distance is in percent rather than in average true ranges.
const PERCENT_SHARE: f64 = 0.5;
/// Factors between a level and the next one worth trying.
const FACTORS: [f64; 6] = [0.5, 0.67, 0.8, 1.25, 1.5, 2.0];

/// A rule that ends trades.
struct Rule {
    key: &'static str,
    /// Levels to begin with, in percent.
    percents: &'static [f64],
    /// Multiples of the average true range to begin with.
    atrs: &'static [f64],
    /// What adding it should do.
    added: &'static str,
    /// What removing it should do.
    removed: &'static str,
}

static DISTANCES: [Rule; 3] = [
    Rule {
        key: "risk.stop_loss",
        percents: &[4.0, 6.0, 8.0, 10.0, 12.0, 15.0],
        atrs: &[1.5, 2.0, 2.5, 3.0, 4.0],
        added: "the largest losses are cut, so the drawdown falls by more than the return",
        removed: "stopped trades would have recovered, so win rate and return per trade rise",
    },
    Rule {
        key: "risk.take_profit",
        percents: &[5.0, 10.0, 15.0, 20.0, 30.0],
        atrs: &[2.0, 3.0, 4.0, 6.0, 8.0],
        added: "gains are taken early, so the win rate rises by more than the average win falls",
        removed: "winners run on, so the average win grows by more than the win rate falls",
    },
    Rule {
        key: "risk.trailing_stop",
        percents: &[5.0, 8.0, 10.0, 12.0, 15.0, 20.0],
        atrs: &[2.5, 3.0, 4.0, 5.0, 6.0],
        added: "open gains are kept, so the drawdown falls by more than the return",
        removed: "trends outlast setbacks, so the average win grows by more than the win rate falls",
    },
];

const MAX_BARS: [f64; 6] = [5.0, 10.0, 20.0, 40.0, 60.0, 90.0];

pub(super) fn draft(_: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    match DISTANCES.get(rng.below(DISTANCES.len() + 1)) {
        Some(rule) => distance(rule, changed, rng),
        None => max_bars(changed, rng),
    }
}

fn distance_mut<'a>(strategy: &'a mut Strategy, key: &str) -> &'a mut Option<WrittenDistance> {
    match key {
        "risk.stop_loss" => &mut strategy.risk.stop_loss,
        "risk.take_profit" => &mut strategy.risk.take_profit,
        _ => &mut strategy.risk.trailing_stop,
    }
}

fn distance(rule: &Rule, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let key = rule.key;
    if let Some(present) = distance_mut(changed, key) {
        let before = shown(present);
        if rng.chance(RESCALE_SHARE) {
            let factor = *rng.pick(&FACTORS)?;
            rescale(&mut present.source.expr, factor)?;
            let what = format!("set {key} to {} instead of {before}", shown(present));
            return Some(Change::new(what, effect::level(key, factor > 1.0)));
        }
        if rng.chance(REMOVE_SHARE) {
            *distance_mut(changed, key) = None;
            return ends(changed)
                .then(|| Change::new(format!("remove {key} = {before}"), rule.removed));
        }
    }
    let before = distance_mut(changed, key).as_ref().map(shown);
    let fresh = fresh_distance(rule, rng)?;
    let after = shown(&fresh);
    *distance_mut(changed, key) = Some(fresh);
    Some(match before {
        None => Change::new(format!("add {key} = {after}"), rule.added),
        Some(before) => Change::new(
            format!("set {key} to {after} instead of {before}"),
            "the level fits the size of usual moves better, so fewer trades end at the wrong moment",
        ),
    })
}

fn fresh_distance(rule: &Rule, rng: &mut Rng) -> Option<WrittenDistance> {
    let percent = rng.chance(PERCENT_SHARE) || functions::find("atr").is_none();
    let expr = if percent {
        tree::number(*rng.pick(rule.percents)?)
    } else {
        let bars = tree::number(*rng.pick(&[14.0, 20.0])?);
        let multiple = tree::number(*rng.pick(rule.atrs)?);
        tree::binary(BinaryOp::Multiply, multiple, tree::call("atr", vec![bars]))
    };
    Some(WrittenDistance { source: names::source(rule.key, expr), percent })
}

/// Scales a literal level, or the literal multiple in it.
fn rescale(expr: &mut Expr, factor: f64) -> Option<()> {
    match &mut expr.kind {
        ExprKind::Number(value) => *value = steps::round(*value * factor, 2),
        ExprKind::Binary { op: BinaryOp::Multiply, left, right } => {
            return rescale(left, factor).or_else(|| rescale(right, factor));
        }
        _ => return None,
    }
    Some(())
}

/// A level as it stands in the file.
fn shown(distance: &WrittenDistance) -> String {
    let percent = if distance.percent { "%" } else { "" };
    format!("`{}{percent}`", distance.source.expr)
}

fn max_bars(changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let key = "risk.max_bars";
    let literal = |source: &Source| match source.expr.kind {
        ExprKind::Number(value) => Some(value),
        _ => None,
    };
    let present = changed.risk.max_bars.take();
    if present.is_some() && rng.chance(REMOVE_SHARE) && ends(changed) {
        return Some(Change::new(format!("remove {key}"), effect::max_bars(true)));
    }
    let before = present.as_ref().and_then(literal);
    let bars = match before {
        Some(before) if rng.chance(RESCALE_SHARE) => {
            (before * rng.pick(&FACTORS)?).round().max(1.0)
        }
        _ => *rng.pick(&MAX_BARS)?,
    };
    changed.risk.max_bars = Some(names::source(key, tree::number(bars)));
    Some(match (before, present) {
        (Some(before), _) => {
            let what = format!("set {key} to {bars} instead of {before}");
            Change::new(what, effect::max_bars(bars > before))
        }
        (None, Some(present)) => {
            let what = format!("set {key} to {bars} instead of `{}`", present.expr);
            Change::new(what, "trades get the time that they need, so the return per trade rises")
        }
        (None, None) => Change::new(format!("add {key} = {bars}"), effect::max_bars(false)),
    })
}

/// Whether every side can still end its trades.
fn ends(strategy: &Strategy) -> bool {
    let sides = [&strategy.long, &strategy.short];
    names::risk_ends_trades(strategy) || sides.into_iter().flatten().all(|side| side.exit.is_some())
}

//! Moves one or two numbers.

use super::Change;
use crate::propose::search::numbers::{self, Use};
use crate::propose::search::{Subject, effect, names, steps, tree};
use crate::rng::Rng;
use crate::strategy::Strategy;

/// How often a parameter is moved rather than a literal, where there are both: parameters are what
/// somebody meant to be tuned.
const PARAM_SHARE: f64 = 0.7;
/// How often two numbers move together.
const PAIR_SHARE: f64 = 0.25;
/// How often a parameter goes on in the direction in which it last moved with success.
const ONWARD_SHARE: f64 = 0.7;

pub(super) fn draft(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let mut uses = numbers::uses(changed);
    let first = nudge(subject, changed, &mut uses, rng)?;
    if !rng.chance(PAIR_SHARE) {
        return Some(first);
    }
    match nudge(subject, changed, &mut uses, rng) {
        None => Some(first),
        Some(second) => {
            let what = format!("{} and {}", first.what, second.what);
            Some(Change::new(
                what,
                "they suit each other better, so the score rises by more than for either alone",
            ))
        }
    }
}

/// Moves one number and strikes it off the list.
fn nudge(
    subject: &Subject,
    changed: &mut Strategy,
    uses: &mut Vec<Use>,
    rng: &mut Rng,
) -> Option<Change> {
    let mut params: Vec<String> = uses.iter().filter_map(|u| u.param.clone()).collect();
    params.dedup();
    let literals: Vec<Use> = uses.iter().filter(|u| u.param.is_none()).cloned().collect();
    if !params.is_empty() && (literals.is_empty() || rng.chance(PARAM_SHARE)) {
        let name = rng.pick(&params)?;
        let number = uses.iter().find(|u| u.param.as_ref() == Some(name))?.clone();
        uses.retain(|u| u.param.as_ref() != Some(name));
        move_param(subject, changed, &number, rng)
    } else {
        let number = rng.pick(&literals)?.clone();
        uses.retain(|u| u.key != number.key || u.index != number.index);
        move_literal(changed, &number, rng)
    }
}

fn move_param(
    subject: &Subject,
    changed: &mut Strategy,
    number: &Use,
    rng: &mut Rng,
) -> Option<Change> {
    let name = number.param.as_deref()?;
    let up = match last_direction(subject, name, number.value) {
        Some(up) if rng.chance(ONWARD_SHARE) => up,
        _ => rng.chance(0.5),
    };
    let (up, value) = moved(number, up, rng)?;
    let param = changed.params.iter_mut().find(|param| param.name == name)?;
    param.value = value;
    let verb = if up { "raise" } else { "lower" };
    let what = format!("{verb} `{name}` from {} to {value}", number.value);
    Some(Change::new(what, effect::of_moving(number, up)))
}

/// Up or down, where the incumbent differs in this parameter from the strategy that it replaced.
fn last_direction(subject: &Subject, name: &str, value: f64) -> Option<bool> {
    let parent = subject.parent()?;
    let before = parent.params.iter().find(|param| param.name == name)?.value;
    (before.to_bits() != value.to_bits()).then_some(value > before)
}

/// The value in the wanted direction, or in the other one at a bound.
fn moved(number: &Use, up: bool, rng: &mut Rng) -> Option<(bool, f64)> {
    // Squared: small steps are drawn more often than leaps.
    let size = rng.unit() * rng.unit();
    let there = |up| steps::step(number, up, size).map(|value| (up, value));
    there(up).or_else(|| there(!up))
}

fn move_literal(changed: &mut Strategy, number: &Use, rng: &mut Rng) -> Option<Change> {
    let up = rng.chance(0.5);
    let (up, value) = moved(number, up, rng)?;
    let unit = names::unit(changed, &number.key);
    let rule = changed.rule_mut(&number.key)?;
    let before = tree::node_mut(&mut rule.expr, number.around)?.to_string();
    *tree::node_mut(&mut rule.expr, number.index)? = tree::number(value);
    let after = tree::node_mut(&mut rule.expr, number.around)?.to_string();
    let what = format!("in {} use `{after}{unit}` for `{before}{unit}`", number.key);
    Some(Change::new(what, effect::of_moving(number, up)))
}

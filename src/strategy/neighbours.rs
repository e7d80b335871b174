//! Strategies near a strategy: all of its numbers moved a little, to see whether it stands on a plateau or on a spike.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::numbers::{Role, Use, uses};
use super::{Compiled, Strategy, compile};
use crate::expr::ExprKind;
use crate::expr::tree::node_mut;

/// Most neighbours.
const MOST: usize = 8;
/// Pairs that are drawn at most: with few numbers, some draws meet.
const DRAWS: u8 = 16;
/// By which part of itself a number moves.
const STEP: f64 = 0.1;
/// By which part of its bounds a parameter moves that is zero.
const STEP_FROM_ZERO: f64 = 0.05;

/// Up to 8 strategies that differ from this one, `compiled`, in every number that a search may move, each by a tenth of
/// itself, by one where it is whole, or by a tenth of its distance from one if it is a ratio near one. They come in pairs:
/// what moves up in one moves down in the other. Which move up together is drawn from the strategy's hash, so the same
/// strategy always has the same neighbours. None where there is nothing to move; what is no strategy is left out.
pub fn neighbours(strategy: &Strategy, compiled: &Compiled) -> Vec<Compiled> {
    let mut numbers = uses(strategy);
    let mut named = BTreeSet::new();
    // A parameter is one number, wherever it is used.
    numbers.retain(|number| number.param.as_ref().is_none_or(|name| named.insert(name.clone())));
    let mut known = BTreeSet::from([compiled.hash.clone()]);
    let mut found = Vec::new();
    for pair in 0..DRAWS {
        if found.len() >= MOST {
            break;
        }
        for mirrored in [false, true] {
            let mut near = strategy.clone();
            for (number, up) in numbers.iter().zip(directions(compiled.hash.as_str(), pair)) {
                set(&mut near, number, moved(number, up != mirrored));
            }
            let near = compile(&near, ("", "")).ok();
            found.extend(near.filter(|near| known.insert(near.hash.clone())));
        }
    }
    found
}

/// An endless row of directions.
fn directions(hash: &str, pair: u8) -> impl Iterator<Item = bool> {
    (0_u8..=u8::MAX).cycle().flat_map(move |block| {
        let digest = Sha256::new().chain_update(hash).chain_update([pair, block]).finalize();
        let bytes: Vec<u8> = digest.to_vec();
        bytes.into_iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1))
    })
}

fn moved(number: &Use, up: bool) -> f64 {
    let (least, most) = number.bounds;
    let ratio = number.role != Role::Window && (0.5..1.5).contains(&number.value);
    let step = match (number.value - if ratio { 1.0 } else { 0.0 }).abs() * STEP {
        0.0 if least.is_finite() && most.is_finite() => (most - least) * STEP_FROM_ZERO,
        step => step,
    };
    let step = if number.whole { step.round().max(1.0) } else { step };
    (if up { number.value + step } else { number.value - step }).clamp(least, most)
}

fn set(strategy: &mut Strategy, number: &Use, value: f64) {
    if let Some(name) = &number.param {
        let param = strategy.params.iter_mut().find(|param| param.name == *name);
        param.into_iter().for_each(|param| param.value = value);
        return;
    }
    let rule = strategy.rule_mut(&number.key);
    if let Some(node) = rule.and_then(|rule| node_mut(&mut rule.expr, number.index)) {
        node.kind = ExprKind::Number(value);
    }
}

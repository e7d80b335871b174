//! Takes a section, or parameter values, from an earlier strategy.

use super::{Change, side_mut, sides};
use crate::propose::search::{Subject, names};
use crate::rng::Rng;
use crate::strategy::{Side, Source, Strategy, WrittenDistance};

const EFFECT: &str = "it goes with the present rules better than with its own, so the score rises";

pub(super) fn draft(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let ancestor = subject.relative(rng)?;
    let what = match rng.below(5) {
        0 => take_rule(&ancestor, changed, true, rng),
        1 => take_rule(&ancestor, changed, false, rng),
        2 => take_risk(&ancestor, changed),
        3 => take_size(&ancestor, changed),
        _ => take_params(&ancestor, changed, rng),
    }?;
    Some(Change::new(what, EFFECT))
}

/// The entry or the exit of a side that both have.
fn take_rule(from: &Strategy, into: &mut Strategy, enter: bool, rng: &mut Rng) -> Option<String> {
    let mut sections = sides(into);
    let section = rng.take(&mut sections)?;
    let theirs = if section == "long" { &from.long } else { &from.short };
    let Side { enter: their_enter, exit: their_exit } = theirs.as_ref()?;
    let (theirs, key) = if enter { (their_enter, "enter") } else { (their_exit.as_ref()?, "exit") };
    let adopted = names::adopt(&theirs.expr, from, into);
    let what = format!("take {section}.{key} `{adopted}` from an earlier strategy");
    let source = names::source(&format!("{section}.{key}"), adopted);
    let side = side_mut(into, section)?;
    if enter {
        side.enter = source;
        into.name.clone_from(&from.name);
    } else {
        side.exit = Some(source);
    }
    Some(what)
}

fn take_risk(from: &Strategy, into: &mut Strategy) -> Option<String> {
    let mut distance = |theirs: &Option<WrittenDistance>| {
        theirs.as_ref().map(|distance| WrittenDistance {
            source: adopted(&distance.source, from, into),
            percent: distance.percent,
        })
    };
    let stop_loss = distance(&from.risk.stop_loss);
    let take_profit = distance(&from.risk.take_profit);
    let trailing_stop = distance(&from.risk.trailing_stop);
    let max_bars = from.risk.max_bars.as_ref().map(|source| adopted(source, from, into));
    into.risk = crate::strategy::Risk { stop_loss, take_profit, trailing_stop, max_bars };
    Some("take all of [risk] from an earlier strategy".into())
}

fn take_size(from: &Strategy, into: &mut Strategy) -> Option<String> {
    let weight = from.size.weight.as_ref().map(|source| adopted(source, from, into));
    let rank = from.size.rank.as_ref().map(|source| adopted(source, from, into));
    into.size = crate::strategy::Size { weight, max_positions: from.size.max_positions, rank };
    Some("take all of [size] from an earlier strategy".into())
}

fn adopted(source: &Source, from: &Strategy, into: &mut Strategy) -> Source {
    names::source(&source.origin.key, names::adopt(&source.expr, from, into))
}

/// Of the parameters that both have with different values, each one's value with even odds.
fn take_params(from: &Strategy, into: &mut Strategy, rng: &mut Rng) -> Option<String> {
    let mut taken = Vec::new();
    for own in &mut into.params {
        let Some(theirs) = from.params.iter().find(|param| param.name == own.name) else {
            continue;
        };
        let Some((least, most)) = own.bounds else { continue };
        let fits = (least..=most).contains(&theirs.value) && theirs.whole == own.whole;
        if fits && theirs.value.to_bits() != own.value.to_bits() && rng.chance(0.5) {
            own.value = theirs.value;
            taken.push(format!("`{}` = {}", own.name, own.value));
        }
    }
    (!taken.is_empty()).then(|| format!("take {} from an earlier strategy", taken.join(" and ")))
}

//! Changes position size, number of positions, or who gets them.

use super::Change;
use crate::propose::search::{Subject, names, tree};
use crate::rng::Rng;
use crate::strategy::Strategy;

/// How often a present weight or rank is removed rather than replaced.
const REMOVE_SHARE: f64 = 0.35;

/// An expression for `[size]` with why it should help.
type Idea = (&'static str, &'static str);

const WEIGHTS: [Idea; 6] = [
    (
        "min(1, sma(natr(20), 250) / natr(20))",
        "positions shrink when a symbol is wilder than usual",
    ),
    ("min(1, 1.5 / natr(20))", "symbols with wide ranges get less money"),
    ("min(1, 2.5 / natr(20))", "symbols with wide ranges get less money"),
    (
        "min(1, 0.15 / (stdev(log_return(close), 20) * sqrt(252)))",
        "every position carries about the same risk",
    ),
    (
        "min(1, 0.25 / (stdev(log_return(close), 60) * sqrt(252)))",
        "every position carries about the same risk",
    ),
    ("clamp(roc(close, 120) / 30, 0.25, 1)", "stronger trends get more money"),
];

const RANKS: [Idea; 7] = [
    ("roc(close, 20)", "the strongest of the last month go on leading"),
    ("roc(close, 60)", "the strongest of the last quarter go on leading"),
    ("roc(close, 120)", "the strongest of the last half-year go on leading"),
    ("roc(close, 250)", "the strongest of the last year go on leading"),
    ("-natr(20)", "the quietest symbols earn most for their risk"),
    ("-rsi(close, 5)", "the most oversold rebound first"),
    ("roc(close, 120) / natr(20)", "steady strength beats wild strength"),
];

const EFFECT: &str = "the drawdown falls by more than the return";

pub(super) fn draft(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let symbols = u32::try_from(subject.disclosure.symbols).unwrap_or(u32::MAX);
    // With one symbol there is nothing to choose between.
    match rng.below(if symbols > 1 { 3 } else { 1 }) {
        0 => weight(changed, rng),
        1 => positions(changed, symbols, rng),
        _ => rank(changed, symbols, rng),
    }
}

fn weight(changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    if changed.size.weight.is_some() && rng.chance(REMOVE_SHARE) {
        changed.size.weight = None;
        let effect = "the return rises by more than the drawdown";
        return Some(Change::new("give every position its whole slot (drop size.weight)", effect));
    }
    let (text, why) = *rng.pick(&WEIGHTS)?;
    changed.size.weight = Some(names::source("size.weight", tree::known(text)?));
    Some(Change::new(format!("size positions by `{text}`, so that {why}"), EFFECT))
}

fn positions(changed: &mut Strategy, symbols: u32, rng: &mut Rng) -> Option<Change> {
    let present = changed.size.max_positions.unwrap_or(symbols.min(10));
    let wanted = if rng.chance(0.5) { present + 1 } else { present.saturating_sub(1).max(1) };
    if wanted >= symbols {
        // As many slots as symbols: no limit, and nobody to choose between. It may be so already.
        if present == symbols {
            return None;
        }
        changed.size.max_positions.take()?;
        changed.size.rank = None;
        return Some(Change::new(
            format!("let all {symbols} symbols be held at once"),
            "spreading lowers the drawdown by more than the return",
        ));
    }
    changed.size.max_positions = Some(wanted);
    let what = format!("hold at most {wanted} positions instead of {present}");
    let effect = if wanted > present {
        "spreading lowers the drawdown by more than the return"
    } else {
        "larger positions in the best of them raise the return by more than the drawdown"
    };
    (wanted != present).then(|| Change::new(what, effect))
}

fn rank(changed: &mut Strategy, symbols: u32, rng: &mut Rng) -> Option<Change> {
    if changed.size.rank.is_some() && rng.chance(REMOVE_SHARE) {
        changed.size.rank = None;
        let effect = "the choice never mattered, so the result stays as good with a simpler rule";
        return Some(Change::new("drop size.rank", effect));
    }
    let (text, why) = *rng.pick(&RANKS)?;
    let rank = tree::known(text)?;
    let mut what = format!("give slots to the highest `{text}`, since {why}");
    // A rank decides nothing while there is a slot for everybody.
    if changed.size.max_positions.is_none_or(|slots| slots >= symbols) {
        let slots = (symbols / 2).clamp(1, 10);
        changed.size.max_positions = Some(slots);
        what = format!("hold at most {slots} positions and {what}");
    }
    changed.size.rank = Some(names::source("size.rank", rank));
    Some(Change::new(what, "the trades that are taken return more than those that are passed over"))
}

//! Replaces the entry, the exit, or both by those of another family.

use super::{Change, side_mut, sides};
use crate::expr::{Expr, ExprKind};
use crate::propose::search::templates::{self, RULES, Rule};
use crate::propose::search::{Subject, mirror, names};
use crate::rng::Rng;
use crate::strategy::Strategy;

/// How often entry and exit are replaced together.
const WHOLE_SHARE: f64 = 0.6;
/// How often only the entry is, of the other times.
const ENTER_SHARE: f64 = 0.6;

pub(super) fn draft(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let rule = *rng.pick(&RULES)?;
    let (enter, exit) = match (rng.chance(WHOLE_SHARE), rng.chance(ENTER_SHARE)) {
        (true, _) => (true, true),
        (false, enter) => (enter, !enter),
    };
    let filled = replace(rule, (enter, exit), subject, changed, rng)?;
    let (title, why) = (rule.title, rule.why);
    let effect =
        "there are enough such trades, and their mean return is above that of the present ones";
    Some(match filled {
        (Some(_), Some(_)) => Change::new(format!("trade {title} instead, since {why}"), effect),
        (Some(enter), None) => {
            Change::new(format!("enter on {title}, `{enter}`, since {why}"), effect)
        }
        (None, exit) => {
            let exit = exit.map(|exit| exit.to_string()).unwrap_or_default();
            let what = format!("leave as {title} does, on `{exit}`");
            Change::new(
                what,
                "the same entries end at a better moment, so the return per trade rises",
            )
        }
    })
}

/// Replaces what is asked for on every side, the short one by the mirror image.
fn replace(
    rule: &Rule,
    (enter, exit): (bool, bool),
    subject: &Subject,
    changed: &mut Strategy,
    rng: &mut Rng,
) -> Option<(Option<Expr>, Option<Expr>)> {
    let sections = sides(changed);
    // What goes makes room for the parameters of what comes.
    for section in &sections {
        let side = side_mut(changed, section)?;
        if enter {
            side.enter.expr = nothing();
        }
        if exit {
            side.exit = None;
        }
    }
    names::prune(changed, &subject.idle);
    // The half that isn't wanted is left out before its holes become parameters.
    let texts = [if enter { rule.enter } else { "false" }, if exit { rule.exit } else { "false" }];
    let slots = rule.slots;
    let [new_enter, new_exit] = templates::fill(texts, slots, changed, subject.max_params(), rng)?;
    for section in &sections {
        let mut sided = |expr: &Expr| match *section {
            "short" => mirror::condition(expr, changed, "short"),
            _ => expr.clone(),
        };
        let (side_enter, side_exit) = (sided(&new_enter), sided(&new_exit));
        let side = side_mut(changed, section)?;
        if enter {
            side.enter.expr = side_enter;
        }
        if exit {
            side.exit = Some(names::source(&format!("{section}.exit"), side_exit));
        }
    }
    if enter {
        changed.name = rule.title.into();
    }
    Some((enter.then_some(new_enter), exit.then_some(new_exit)))
}

fn nothing() -> Expr {
    Expr { kind: ExprKind::Bool(false), span: 0..0 }
}

/// A whole new rule, for a restart.
pub(super) fn whole(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<String> {
    let rule = *rng.pick(&RULES)?;
    replace(rule, (true, true), subject, changed, rng)?;
    Some(format!("{} since {}", rule.title, rule.why))
}

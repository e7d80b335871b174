//! Adds a condition to enter, or another one to leave.

use super::{Change, side_mut, sides};
use crate::expr::{BinaryOp, Expr};
use crate::propose::search::effect::SOONER_EXIT;
use crate::propose::search::templates::{self, EXITS, FILTERS};
use crate::propose::search::{Subject, mirror, names, tree};
use crate::rng::Rng;
use crate::strategy::Strategy;

/// How often the condition is one to enter rather than to leave.
const ENTER_SHARE: f64 = 0.65;
/// How often both sides get it, where there are two.
const BOTH_SHARE: f64 = 0.6;

pub(super) fn draft(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let mut sections = sides(changed);
    let entering = rng.chance(ENTER_SHARE);
    let term = *rng.pick(if entering { &FILTERS } else { &EXITS })?;
    let [long] = templates::fill([term.text], term.slots, changed, subject.max_params(), rng)?;
    if sections.len() > 1 && !rng.chance(BOTH_SHARE) {
        sections = vec![rng.take(&mut sections)?];
    }
    let mut shown = Vec::new();
    for section in &sections {
        let added = match *section {
            "short" => mirror::condition(&long, changed, "short"),
            _ => long.clone(),
        };
        // What has no direction is the same on both sides.
        let text = added.to_string();
        if !shown.contains(&text) {
            shown.push(text);
        }
        let side = side_mut(changed, section)?;
        if entering {
            side.enter.expr = joined(BinaryOp::And, Some(&side.enter.expr), added)?;
        } else {
            let exit = side.exit.as_ref().map(|source| &source.expr);
            let exit = joined(BinaryOp::Or, exit, added)?;
            side.exit = Some(names::source(&format!("{section}.exit"), exit));
        }
    }
    let condition = shown.join("` and `");
    let (why, whose) = (term.why, sections.join(" and "));
    if entering {
        let what = format!("enter {whose} only where `{condition}`, since {why}");
        Some(Change::new(
            what,
            "the return per trade rises by more than the number of trades falls",
        ))
    } else {
        let what = format!("leave {whose} also where `{condition}`, since {why}");
        Some(Change::new(what, SOONER_EXIT))
    }
}

fn joined(op: BinaryOp, present: Option<&Expr>, added: Expr) -> Option<Expr> {
    let present = present.map(|expr| expr.terms(op)).unwrap_or_default();
    tree::join(op, present.into_iter().cloned().chain([added]))
}

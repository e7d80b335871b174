//! Removes a condition, or an exit that a risk rule makes unnecessary.

use super::{Change, side_mut, sides};
use crate::expr::{BinaryOp, Expr, ExprKind};
use crate::propose::search::effect::{FEWER_ENTRIES, LATER_EXIT, MORE_ENTRIES, SOONER_EXIT};
use crate::propose::search::{Subject, names, tree};
use crate::rng::Rng;
use crate::strategy::Strategy;

/// One thing that could go.
enum Target {
    /// A term of the chain at this part of a rule.
    Term { key: String, index: usize, op: BinaryOp, term: usize },
    /// The whole exit of a side.
    Exit { section: &'static str },
}

pub(super) fn draft(_: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let mut targets = targets(changed);
    match rng.take(&mut targets)? {
        Target::Exit { section } => {
            let exit = side_mut(changed, section)?.exit.take()?;
            let what = format!("drop {section}.exit `{}` and leave it to [risk]", exit.expr);
            Some(Change::new(what, LATER_EXIT))
        }
        Target::Term { key, index, op, term } => {
            let rule = changed.rule_mut(&key)?;
            let chain = tree::node_mut(&mut rule.expr, index)?;
            let mut terms: Vec<Expr> = chain.terms(op).into_iter().cloned().collect();
            let dropped = terms.remove(term);
            *chain = tree::join(op, terms)?;
            let what = format!("drop `{dropped}` from {key}");
            let effect = match (key.ends_with(".exit"), op) {
                (true, BinaryOp::Or) => LATER_EXIT,
                (true, _) => SOONER_EXIT,
                (false, BinaryOp::Or) => FEWER_ENTRIES,
                (false, _) => MORE_ENTRIES,
            };
            Some(Change::new(what, effect))
        }
    }
}

fn targets(strategy: &Strategy) -> Vec<Target> {
    let mut targets = Vec::new();
    for source in strategy.expressions() {
        let mut chains = Vec::new();
        find_chains(&source.expr, &mut 0, None, &mut chains);
        for (index, op, count) in chains {
            let key = &source.origin.key;
            let terms = (0..count).map(|term| Target::Term { key: key.clone(), index, op, term });
            targets.extend(terms);
        }
    }
    if names::risk_ends_trades(strategy) {
        for section in sides(strategy) {
            let side = if section == "long" { &strategy.long } else { &strategy.short };
            if side.as_ref().is_some_and(|side| side.exit.is_some()) {
                targets.push(Target::Exit { section });
            }
        }
    }
    targets
}

/// Every chain of `and` or `or`: its preorder number, its operator, its number of terms. The left
/// part of a longer chain is not a chain of its own.
fn find_chains(
    expr: &Expr,
    next: &mut usize,
    parent: Option<BinaryOp>,
    chains: &mut Vec<(usize, BinaryOp, usize)>,
) {
    let index = *next;
    *next += 1;
    let own = match expr.kind {
        ExprKind::Binary { op, .. } if op.is_logic() => Some(op),
        _ => None,
    };
    if let Some(op) = own.filter(|_| own != parent) {
        chains.push((index, op, expr.terms(op).len()));
    }
    for child in expr.children() {
        find_chains(child, next, own, chains);
    }
}

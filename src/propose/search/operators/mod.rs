//! The operators: each one kind of change. One file and one row each.
//!
//! An operator changes a copy of the incumbent and says what it did and what should follow. It need
//! not care whether the result compiles, was tried, is too long, or leaves names unused: that is
//! checked and tidied in one place, after it.

mod add;
mod crossover;
mod drop;
mod entry;
pub(super) mod refine;
mod restart;
mod risk;
mod side;
mod size;
mod swap;
mod tune;

use super::Subject;
use crate::rng::Rng;
use crate::strategy::{Side, Strategy};

/// What an operator did, as the two halves of a hypothesis.
pub(super) struct Change {
    /// What is changed: "raise `slow` from 100 to 140".
    pub what: String,
    /// What must follow if the idea is right: "trades get fewer, but their mean return rises".
    pub effect: String,
}

impl Change {
    fn new(what: impl Into<String>, effect: impl Into<String>) -> Self {
        Self { what: what.into(), effect: effect.into() }
    }
}

/// One kind of change.
pub(super) struct Operator {
    /// Its name in records.
    pub name: &'static str,
    /// What it does, for the reference.
    pub summary: &'static str,
    /// How much it is favoured at each stage of the plateau ladder: tune, structure, restart, and after.
    pub weights: [f64; 4],
    /// Changes the strategy; none if there is nothing to do.
    pub draft: fn(&Subject, &mut Strategy, &mut Rng) -> Option<Change>,
}

/// All operators, from the smallest change to the largest.
pub(super) static TABLE: [Operator; 11] = [
    Operator {
        name: refine::NAME,
        summary: "moves all numbers together to where they do best in-sample, by CMA-ES",
        weights: [1.25, 0.5, 0.35, 0.35],
        draft: refine::draft,
    },
    Operator {
        name: "tune",
        summary: "moves one or two numbers: parameters within their bounds, or literals",
        weights: [4.0, 2.0, 1.0, 1.5],
        draft: tune::draft,
    },
    Operator {
        name: "swap",
        summary: "puts a function or input of the same type in the place of another",
        weights: [1.0, 1.5, 1.0, 1.0],
        draft: swap::draft,
    },
    Operator {
        name: "drop",
        summary: "removes a condition, or an exit that a risk rule makes unnecessary",
        weights: [1.0, 2.0, 1.0, 1.0],
        draft: drop::draft,
    },
    Operator {
        name: "add",
        summary: "adds a condition to enter, or another one to leave",
        weights: [1.0, 2.0, 1.0, 1.5],
        draft: add::draft,
    },
    Operator {
        name: "risk",
        summary: "adds, removes or rescales a stop, target, trailing stop or time limit",
        weights: [1.0, 1.5, 1.0, 1.2],
        draft: risk::draft,
    },
    Operator {
        name: "size",
        summary: "changes position size, number of positions or who gets them",
        weights: [0.7, 1.0, 1.0, 1.0],
        draft: size::draft,
    },
    Operator {
        name: "side",
        summary: "adds the mirror image for the other side, or removes a side",
        weights: [0.12, 0.28, 0.4, 0.28],
        draft: side::draft,
    },
    Operator {
        name: "entry",
        summary: "replaces the entry, the exit or both by those of another family",
        weights: [0.12, 0.4, 0.6, 0.48],
        draft: entry::draft,
    },
    Operator {
        name: "crossover",
        summary: "takes a section or parameter values from an earlier strategy",
        weights: [0.08, 0.2, 1.0, 0.6],
        draft: crossover::draft,
    },
    Operator {
        name: "restart",
        summary: "starts from another family or an earlier strategy, with several changes at once",
        weights: [0.0, 0.08, 0.4, 0.8],
        draft: restart::draft,
    },
];

/// A side of a strategy with its section's name.
fn sides_mut(strategy: &mut Strategy) -> Vec<(&'static str, &mut Side)> {
    let long = strategy.long.as_mut().map(|side| ("long", side));
    let short = strategy.short.as_mut().map(|side| ("short", side));
    long.into_iter().chain(short).collect()
}

/// The names of the sides that a strategy has.
fn sides(strategy: &Strategy) -> Vec<&'static str> {
    let long = strategy.long.as_ref().map(|_| "long");
    let short = strategy.short.as_ref().map(|_| "short");
    long.into_iter().chain(short).collect()
}

/// The side of this name.
fn side_mut<'a>(strategy: &'a mut Strategy, section: &str) -> Option<&'a mut Side> {
    sides_mut(strategy).into_iter().find(|(name, _)| *name == section).map(|(_, side)| side)
}

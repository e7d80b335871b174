//! Plain rules of all families, held against each other in-sample: the best one that was never tried is proposed.
//!
//! A search that begins with the incumbent's neighbourhood finds a place where small changes no longer help, which need not be
//! a good one. And each rule that is tried out-of-sample is a trial; what was compared in-sample is none. So the first
//! proposals of a campaign come from a survey: many rules as they stand in the book, without stops, targets or filters that
//! could be fitted to the few years at hand.

use std::sync::Arc;

use super::{Change, entry};
use crate::propose::search::{FILE, Subject};
use crate::propose::{Disclosure, PastProposal};
use crate::rng::Rng;
use crate::strategy::{Risk, Size, Strategy, compile};

/// What records call it.
pub(in crate::propose::search) const NAME: &str = "survey";

/// In-sample backtests of one survey.
const RULES: usize = 40;
/// How many a campaign begins with.
const FIRST: usize = 9;
/// How often the next proposal is one, as long as those aren't done: what is found has room to be improved in between.
const FIRST_SHARE: f64 = 0.75;

/// Whether the next proposal is one of those with which a campaign begins.
pub(in crate::propose::search) fn is_due(disclosure: &Disclosure, rng: &mut Rng) -> bool {
    let is_own = |proposal: &&Arc<PastProposal>| proposal.operator == NAME;
    disclosure.past.iter().filter(is_own).count() < FIRST && rng.chance(FIRST_SHARE)
}

pub(super) fn draft(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    subject.judge?;
    let mut best: Option<(f64, Strategy, String)> = None;
    for _ in 0..RULES {
        let mut plain =
            Strategy { risk: Risk::default(), size: Size::default(), ..changed.clone() };
        let Some(start) = entry::whole(subject, &mut plain, rng) else { continue };
        let Ok(compiled) = compile(&plain, (FILE, &subject.disclosure.incumbent)) else { continue };
        if subject.is_known(&compiled.hash) {
            continue;
        }
        let Some(value) = subject.judged(&compiled) else { continue };
        if best.as_ref().is_none_or(|(most, ..)| value > *most) {
            best = Some((value, plain, start));
        }
    }
    let (_, plain, start) = best?;
    *changed = plain;
    Some(Change::new(
        format!("start from {start}"),
        "of the plain rules that were compared in-sample it does best, and what is plain holds later",
    ))
}

//! Starts from another family or an earlier strategy, with several changes at once.

use super::{Change, add, entry, risk, size, swap, tune};
use crate::propose::search::{Subject, names};
use crate::rng::Rng;
use crate::strategy::Strategy;

/// How often the start is an earlier strategy, where there is one; else a fresh family.
const ANCESTOR_SHARE: f64 = 0.5;

type Draft = fn(&Subject, &mut Strategy, &mut Rng) -> Option<Change>;

/// Changes that may follow the start.
const FURTHER: [Draft; 5] = [tune::draft, swap::draft, add::draft, risk::draft, size::draft];

pub(super) fn draft(subject: &Subject, changed: &mut Strategy, rng: &mut Rng) -> Option<Change> {
    let stale = subject.disclosure.stale;
    let earlier = if rng.chance(ANCESTOR_SHARE) { subject.relative(rng) } else { None };
    let start = match earlier {
        Some(ancestor) => {
            *changed = ancestor;
            "an earlier strategy".to_owned()
        }
        None => entry::whole(subject, changed, rng)?,
    };
    let mut further = Vec::new();
    for _ in 0..=rng.below(2) {
        let operator = rng.pick(&FURTHER)?;
        let before = changed.clone();
        match operator(subject, changed, rng) {
            Some(change) => further.push(change.what),
            None => *changed = before,
        }
        names::prune(changed, &subject.idle);
    }
    let mut what = format!("after {stale} iterations without progress start from {start}");
    for change in further {
        what += "; ";
        what += &change;
    }
    Some(Change::new(what, "this place has more room to rise, so the score passes the present one"))
}

//! What the search is measured against: the same changes without its judgement.
//!
//! [`draw`] applies operators drawn at even odds: no bandit, no stages, no in-sample span, no earlier strategies
//! unless the disclosure has some. One change of the incumbent makes a (1+1) hill climber; several of
//! the strategy to start from, whatever came of others, make random search.

use super::operators::TABLE;
use super::{Drafted, MAX_DRAFTS, Subject, names};
use crate::propose::Disclosure;
use crate::rng::Rng;
use crate::strategy::Compiled;

const DOMAIN: &[u8; 8] = b"plain--1";

/// A candidate that compiles, keeps the constraints and was never tried: its file and its rules; none when
/// [`MAX_DRAFTS`] drafts came to nothing. `most_changes` is at least 1; how many are made is drawn.
pub fn draw(disclosure: &Disclosure, seed: u64, most_changes: usize) -> Option<(String, Compiled)> {
    let subject = Subject::new(disclosure, None).ok()?;
    (0..MAX_DRAFTS).find_map(|draft| {
        let mut rng = Rng::seeded(DOMAIN, [seed, disclosure.iteration, most_changes as u64], draft);
        let changes = 1 + rng.below(most_changes);
        let mut changed = subject.incumbent.clone();
        let mut last = None;
        for _ in 0..changes {
            let operator = rng.pick(&TABLE)?;
            let before = changed.clone();
            match (operator.draft)(&subject, &mut changed, &mut rng) {
                Some(change) => last = Some((operator.name, change)),
                None => changed = before,
            }
            names::prune(&mut changed, &subject.idle);
        }
        let (operator, change) = last?;
        let Drafted { text, compiled, .. } = subject.drafted(changed, operator, &change).ok()?;
        Some((text, compiled))
    })
}

//! Which operator drafts next: a bandit on what became of its earlier proposals, moved along by how
//! long nothing has helped.

use std::sync::Arc;

use super::operators::{Operator, TABLE};
use crate::propose::PastProposal;
use crate::rng::Rng;
use crate::state::PlateauStage;

/// Evaluated proposals that count, latest first: what helps changes as the strategy does.
const MEMORY: usize = 200;
/// What an operator is taken to have achieved before it has a record: one proposal accepted of as many as it took all of
/// them together, within these bounds. With more hope than that, operators without a record would have most of
/// the trials of a late campaign, where few proposals of anything are accepted.
const MISSES: (usize, usize) = (6, 40);

/// How often the record is left aside and only the stage's weights speak: a bandit that has seen one
/// operator do well in one place would starve the others, which may do better in the next.
const EXPLORE_SHARE: f64 = 0.15;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Record {
    accepted: usize,
    rejected: usize,
}

/// Chooses operators by Thompson sampling: each draws a success rate from the Beta distribution that
/// its record leaves open, and the best draw times the stage's weight wins.
pub(super) struct Bandit {
    stage: PlateauStage,
    /// Per row of [`TABLE`].
    records: Vec<Record>,
}

impl Bandit {
    pub(super) fn new(past: &[Arc<PastProposal>], stale: u64) -> Self {
        let position = |name: &str| TABLE.iter().position(|operator| operator.name == name);
        let latest = past.iter().rev().filter(|proposal| proposal.evaluated).take(MEMORY);
        let own: Vec<(usize, bool)> = latest
            .filter_map(|proposal| Some((position(&proposal.operator)?, proposal.accepted())))
            .collect();
        let accepted = own.iter().filter(|(_, accepted)| *accepted).count();
        let (fewest, most) = MISSES;
        let rejected = ((own.len() + fewest) / (accepted + 1)).clamp(fewest, most);
        let mut records = vec![Record { accepted: 1, rejected }; TABLE.len()];
        for (at, accepted) in own {
            if let Some(record) = records.get_mut(at) {
                record.accepted += usize::from(accepted);
                record.rejected += usize::from(!accepted);
            }
        }
        Self { stage: PlateauStage::after(stale), records }
    }

    /// A draft of this operator came to nothing: for the rest of the call it counts as a rejection,
    /// so that an operator which has nothing left makes way.
    pub(super) fn came_to_nothing(&mut self, operator: &Operator) {
        let position = TABLE.iter().position(|row| row.name == operator.name);
        if let Some(record) = position.and_then(|i| self.records.get_mut(i)) {
            record.rejected += 1;
        }
    }

    /// How much the stage favours an operator.
    fn weight(&self, operator: &Operator) -> f64 {
        let [tune, structure, restart, after] = operator.weights;
        match self.stage {
            PlateauStage::Tune => tune,
            PlateauStage::Structure => structure,
            PlateauStage::Restart => restart,
            PlateauStage::Hypothesis | PlateauStage::Notify => after,
        }
    }

    /// The operator that drafts next.
    pub(super) fn draw(&self, rng: &mut Rng) -> &'static Operator {
        if rng.chance(EXPLORE_SHARE) {
            return self.explore(rng);
        }
        let mut best = (f64::NEG_INFINITY, &TABLE[0]);
        for (operator, record) in TABLE.iter().zip(&self.records) {
            let weight = self.weight(operator);
            let value = weight * rng.beta(record.accepted, record.rejected);
            if value > best.0 {
                best = (value, operator);
            }
        }
        best.1
    }

    /// An operator by the stage's weights alone.
    fn explore(&self, rng: &mut Rng) -> &'static Operator {
        let mut left = rng.unit() * TABLE.iter().map(|row| self.weight(row)).sum::<f64>();
        let fits = |operator: &&Operator| {
            left -= self.weight(operator);
            left < 0.0
        };
        TABLE.iter().find(fits).unwrap_or(&TABLE[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Verdict;

    fn draws(past: &[Arc<PastProposal>], stale: u64) -> Vec<(&'static str, usize)> {
        let bandit = Bandit::new(past, stale);
        let mut counts: Vec<(&str, usize)> = TABLE.iter().map(|row| (row.name, 0)).collect();
        for i in 0..4_000 {
            let drawn = bandit.draw(&mut Rng::seeded(b"test---1", [1, 0, 0], i)).name;
            counts.iter_mut().filter(|(name, _)| *name == drawn).for_each(|(_, n)| *n += 1);
        }
        counts
    }

    fn count(counts: &[(&str, usize)], name: &str) -> usize {
        counts.iter().find(|(known, _)| *known == name).unwrap().1
    }

    fn proposal(operator: &str, accepted: bool, evaluated: bool) -> Arc<PastProposal> {
        let verdict = if accepted { Verdict::Accepted } else { Verdict::Rejected };
        let operator = operator.into();
        Arc::new(PastProposal { operator, verdict, evaluated, ..PastProposal::default() })
    }

    #[test]
    fn a_better_record_is_preferred_and_a_worse_one_not_dropped() {
        let mut past = Vec::new();
        for i in 0..60 {
            past.push(proposal("risk", i % 3 == 0, true));
            past.push(proposal("swap", false, true));
        }
        let (before, after) = (draws(&[], 10), draws(&past, 10));
        assert!(count(&after, "risk") > 2 * count(&before, "risk"), "{before:?} {after:?}");
        assert!(count(&after, "swap") < count(&before, "swap") / 2);
        assert!(count(&after, "add") > 0 && count(&after, "swap") > 0);
    }

    #[test]
    fn only_evaluated_proposals_of_known_operators_count_and_old_ones_are_forgotten() {
        let duplicates = vec![proposal("swap", false, false); 500];
        let models = vec![proposal("some-model", true, true); 100];
        assert_eq!(draws(&[duplicates, models].concat(), 10), draws(&[], 10));
        let mut old = vec![proposal("swap", true, true); 300];
        old.extend(vec![proposal("risk", false, true); MEMORY]);
        let fresh = vec![proposal("risk", false, true); MEMORY];
        assert_eq!(draws(&old, 10), draws(&fresh, 10));
    }

    #[test]
    fn the_longer_nothing_helps_the_larger_the_changes() {
        let share = |stale, name| count(&draws(&[], stale), name);
        assert!(share(0, "tune") > share(10, "tune") && share(10, "tune") > share(60, "tune"));
        assert!(share(10, "add") > share(0, "add"));
        assert!(share(30, "crossover") > share(10, "crossover"));
        assert!(share(60, "restart") > share(30, "restart") && share(0, "restart") == 0);
    }
}

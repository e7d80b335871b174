//! From the state to what a proposer may know of it.

use std::collections::BTreeSet;

use super::disclosable::Disclosable;
use super::ladder::Ladder;
use super::{Disclosure, PastProposal};
use crate::program::Settings;
use crate::state::{Record, State, Verdict};
use crate::strategy::{CandidateHash, apply};

/// Most earlier incumbents that are disclosed; the latest are kept.
const MOST_ANCESTORS: usize = 20;

/// Keeps a [`Disclosure`] current: built once from the history, then moved on by each record, so that
/// an iteration costs the same at number 50 and at number 5,000.
#[derive(Debug, Clone, Default)]
pub struct Discloser {
    disclosure: Disclosure,
    ladder: Ladder,
    epoch: String,
}

impl Discloser {
    /// Everything that the history discloses under these settings.
    pub fn new(state: &State, settings: &Settings, symbols: usize) -> Self {
        let mut discloser = Self {
            disclosure: Disclosure {
                constraints: settings.constraints.clone(),
                symbols,
                ..Disclosure::default()
            },
            ladder: Ladder::new(settings.proposer.ladder_step),
            epoch: String::new(),
        };
        for record in state.history().records() {
            discloser.take_in(record);
        }
        // What people committed is the truth, also where its text is not in the history.
        if let Some(strategy) = state.strategy() {
            discloser.disclosure.incumbent = strategy.into();
        }
        discloser
    }

    /// Moves on by one record.
    pub fn take_in(&mut self, record: &Record) {
        let record = Disclosable::of(record);
        if record.epoch() != self.epoch {
            record.epoch().clone_into(&mut self.epoch);
            self.ladder.start_over();
        }
        let told = record.climb(&mut self.ladder);
        let known = &mut self.disclosure;
        known.best = self.ladder.best();
        known.iteration = record.iteration() + 1;
        known.tried.extend(record.candidate());
        let moved = record.verdict().moves_incumbent();
        if moved {
            let text = match record.strategy() {
                Some(text) => Some(text.to_owned()),
                None => apply(&known.incumbent, record.edits()).ok(),
            };
            if let Some(text) = text.filter(|text| *text != known.incumbent) {
                let before = std::mem::replace(&mut known.incumbent, text);
                if !before.is_empty() {
                    known.ancestors.push(before);
                }
                let extra = known.ancestors.len().saturating_sub(MOST_ANCESTORS);
                known.ancestors.drain(..extra);
            }
        }
        known.stale = if moved { 0 } else { known.stale + 1 };
        if !matches!(record.verdict(), Verdict::Baseline | Verdict::External) {
            known.past.push(PastProposal {
                iteration: record.iteration(),
                operator: record.operator().to_owned(),
                accepted: record.verdict() == Verdict::Accepted,
                evaluated: record.was_evaluated(),
                edits: record.edits().to_vec(),
                failed_gates: record.failed_gates(),
                told,
            });
        }
    }

    /// What a proposer may know now.
    pub fn disclosure(&mut self) -> &mut Disclosure {
        &mut self.disclosure
    }

    /// Hashes of all candidates so far.
    pub fn tried(&self) -> &BTreeSet<CandidateHash> {
        &self.disclosure.tried
    }
}

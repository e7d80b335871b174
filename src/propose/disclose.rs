//! From the state to what a proposer may know of it.

use std::collections::BTreeSet;

use super::{Disclosure, PastProposal};
use crate::program::ConstraintSettings;
use crate::state::{Record, State, Verdict};
use crate::strategy::{CandidateHash, apply};

/// Most earlier incumbents that are disclosed; the latest are kept.
const MOST_ANCESTORS: usize = 20;

/// Keeps a [`Disclosure`] current: built once from the history, then moved on by each record, so that
/// an iteration costs the same at number 50 and at number 5,000.
#[derive(Debug, Clone, Default)]
pub struct Discloser {
    disclosure: Disclosure,
}

impl Discloser {
    /// Everything that the history discloses.
    pub fn new(state: &State, constraints: &ConstraintSettings, symbols: usize) -> Self {
        let mut discloser = Self {
            disclosure: Disclosure {
                constraints: constraints.clone(),
                symbols,
                ..Disclosure::default()
            },
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
        let known = &mut self.disclosure;
        known.iteration = record.iteration + 1;
        known.tried.extend(record.candidate.as_deref().map(CandidateHash::from_record));
        let moved = record.verdict.moves_incumbent();
        if moved {
            let text = match &record.strategy {
                Some(text) => Some(text.clone()),
                None => apply(&known.incumbent, &record.edits).ok(),
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
        if !matches!(record.verdict, Verdict::Baseline | Verdict::External) {
            known.past.push(PastProposal {
                iteration: record.iteration,
                operator: record
                    .proposer
                    .model
                    .clone()
                    .unwrap_or_else(|| record.proposer.kind.clone()),
                accepted: record.verdict == Verdict::Accepted,
                evaluated: record.trial.is_some(),
                edits: record.edits.clone(),
                failed_gates: record
                    .gates
                    .iter()
                    .filter(|gate| !gate.pass)
                    .map(|gate| gate.id.clone())
                    .collect(),
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

//! From the state to what a proposer may know of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::family::Vocabulary;
use super::{Disclosure, PastInSample, PastProposal};
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
    /// Of the incumbent.
    vocabulary: Vocabulary,
    /// Of the last record.
    epoch: String,
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
            ..Self::default()
        };
        for record in state.history().records() {
            discloser.take_in(record);
        }
        // What people committed is the truth, also where its text is not in the history.
        if let Some(strategy) = state.strategy() {
            discloser.set_incumbent(strategy.into());
        }
        discloser
    }

    fn set_incumbent(&mut self, text: String) -> String {
        self.vocabulary = Vocabulary::of(&text);
        self.disclosure.in_sample = None;
        std::mem::replace(&mut self.disclosure.incumbent, text)
    }

    /// Moves on by one record.
    pub fn take_in(&mut self, record: &Record) {
        let past = (!matches!(record.verdict, Verdict::Baseline | Verdict::External))
            .then(|| past(record, self.vocabulary.family(&record.edits)));
        if record.epoch != self.epoch {
            self.epoch.clone_from(&record.epoch);
            self.disclosure.elites.clear();
        }
        if let Some(figures) = record.in_sample.as_ref().map(in_sample) {
            let Disclosure { elites, incumbent, .. } = &mut self.disclosure;
            let text = || record.strategy.clone().or_else(|| apply(incumbent, &record.edits).ok());
            elites.take_in(&figures, text);
        }
        let moved = record.verdict.moves_incumbent();
        if moved {
            let text = match &record.strategy {
                Some(text) => Some(text.clone()),
                None => apply(&self.disclosure.incumbent, &record.edits).ok(),
            };
            if let Some(text) = text.filter(|text| *text != self.disclosure.incumbent) {
                let before = self.set_incumbent(text);
                let ancestors = &mut self.disclosure.ancestors;
                if !before.is_empty() {
                    ancestors.push(before);
                }
                let extra = ancestors.len().saturating_sub(MOST_ANCESTORS);
                ancestors.drain(..extra);
            }
        }
        let known = &mut self.disclosure;
        known.iteration = record.iteration + 1;
        known.tried.extend(record.candidate.as_deref().map(CandidateHash::from_record));
        known.stale = if moved { 0 } else { known.stale + 1 };
        known.past.extend(past);
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

fn past(record: &Record, family: String) -> PastProposal {
    let proposer = &record.proposer;
    let failed = record.gates.iter().filter(|gate| !gate.pass).map(|gate| gate.id.clone());
    PastProposal {
        iteration: record.iteration,
        kind: proposer.kind.clone(),
        operator: proposer.model.clone().unwrap_or_else(|| proposer.kind.clone()),
        verdict: record.verdict,
        evaluated: record.trial.is_some(),
        family,
        hypothesis: record.hypothesis.clone(),
        idea: record.idea.clone(),
        edits: record.edits.clone(),
        failed_gates: failed.collect(),
        bill: proposer.bill(),
        declined: (record.verdict == Verdict::Declined).then(|| record.reason.clone()),
        in_sample: record.in_sample.as_ref().map(in_sample),
    }
}

/// Of a record's in-sample metrics; what lies out-of-sample is not read.
fn in_sample(metrics: &Value) -> PastInSample {
    let value = |name: &str| metrics.get(name).and_then(Value::as_f64);
    PastInSample {
        sharpe: value("sharpe"),
        max_drawdown: value("max_drawdown"),
        trades: value("trades"),
        bars_held: value("bars_held"),
        exposure: value("exposure"),
    }
}

//! From the state to what a proposer may know of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::disclosable::Disclosable;
use super::family::Vocabulary;
use super::ladder::{Ladder, Told};
use super::{Disclosure, PastInSample, PastProposal};
use crate::program::Settings;
use crate::state::{Record, State};
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
    ladder: Ladder,
    /// Of the last record.
    epoch: String,
    /// The incumbent as the records give it, where people committed another text.
    recorded: Option<(String, Vocabulary)>,
    /// The last record, unless it was taken in for another incumbent than the records': a history that has this very one has
    /// all before it.
    last: Option<Arc<Record>>,
}

impl Discloser {
    /// Everything that the history discloses under these settings.
    pub fn new(state: &State, settings: &Settings, symbols: usize) -> Self {
        let blank = Self {
            disclosure: Disclosure {
                constraints: settings.constraints.clone(),
                symbols,
                ..Disclosure::default()
            },
            ladder: Ladder::new(settings.proposer.ladder_step),
            ..Self::default()
        };
        blank.moved_on(state)
    }

    /// The same as [`Discloser::new`], but only records that came after those of `before` are taken in. What was added to it
    /// to propose something is gone: that was of then.
    pub fn again(before: Option<Self>, state: &State, settings: &Settings, symbols: usize) -> Self {
        let fits = |before: &Self| {
            let at = usize::try_from(before.disclosure.iteration).unwrap_or(usize::MAX);
            let there = at.checked_sub(1).and_then(|at| state.history().records().get(at));
            before.last.as_ref().zip(there).is_some_and(|(one, other)| Arc::ptr_eq(one, other))
                && before.disclosure.constraints == settings.constraints
                && before.disclosure.symbols == symbols
                && before.ladder.is_of(settings.proposer.ladder_step)
        };
        match before.filter(fits) {
            Some(mut before) => {
                let Disclosure { refused, diagnostics, context, idea, .. } = &mut before.disclosure;
                (*diagnostics, *idea) = (None, None);
                refused.clear();
                context.clear();
                before.moved_on(state)
            }
            None => Self::new(state, settings, symbols),
        }
    }

    fn moved_on(mut self, state: &State) -> Self {
        if let Some((incumbent, vocabulary)) = self.recorded.take() {
            (self.disclosure.incumbent, self.vocabulary) = (incumbent, vocabulary);
        }
        let records = state.history().records();
        let known = usize::try_from(self.disclosure.iteration).unwrap_or(usize::MAX);
        for record in records.iter().skip(known) {
            self.take_in(record);
        }
        // What people committed is the truth, also where its text is not in the history.
        if let Some(strategy) = state.strategy().filter(|text| *text != self.disclosure.incumbent) {
            let vocabulary = self.vocabulary.clone();
            self.recorded = Some((self.set_incumbent(strategy.into()), vocabulary));
        }
        self
    }

    fn set_incumbent(&mut self, text: String) -> String {
        self.vocabulary = Vocabulary::of(&text);
        self.disclosure.diagnostics = None;
        std::mem::replace(&mut self.disclosure.incumbent, text)
    }

    /// Moves on by one record.
    pub fn take_in(&mut self, record: &Arc<Record>) {
        // Where the incumbent is not the one of the records, what follows from it is not either.
        self.last = self.recorded.is_none().then(|| Arc::clone(record));
        let record = Disclosable::of(record);
        if record.epoch() != self.epoch {
            record.epoch().clone_into(&mut self.epoch);
            self.ladder.start_over();
            self.disclosure.elites.clear();
        }
        let told = record.climb(&mut self.ladder);
        self.disclosure.best = self.ladder.best();
        // Of the strategy that it changed.
        let family = self.vocabulary.family(record.edits());
        let seen = record.in_sample();
        self.compare(record, seen.as_ref());
        let moved = record.moves_incumbent();
        if moved {
            self.move_on(record);
        }
        record.queue(&mut self.disclosure.waiting);
        let known = &mut self.disclosure;
        known.iteration = record.iteration() + 1;
        known.tried.extend(record.candidate());
        known.stale = if moved { 0 } else { known.stale + 1 };
        if record.is_told() {
            known.past.push(Arc::new(past(record, family, told, seen)));
        }
    }

    /// Holds what was evaluated against the leaders of its niche.
    fn compare(&mut self, record: Disclosable<'_>, seen: Option<&PastInSample>) {
        let Disclosure { elites, incumbent, .. } = &mut self.disclosure;
        if let Some(figures) = seen {
            elites.take_in(figures, || text(record, incumbent));
        }
    }

    /// The record's candidate is the incumbent now.
    fn move_on(&mut self, record: Disclosable<'_>) {
        let text = text(record, &self.disclosure.incumbent);
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

    /// What a proposer may know now.
    pub fn disclosure(&mut self) -> &mut Disclosure {
        &mut self.disclosure
    }

    /// Hashes of all candidates so far.
    pub fn tried(&self) -> &BTreeSet<CandidateHash> {
        &self.disclosure.tried
    }
}

/// The file of a record's candidate, which changed this incumbent.
fn text(record: Disclosable<'_>, incumbent: &str) -> Option<String> {
    match record.strategy() {
        Some(text) => Some(text.to_owned()),
        None => apply(incumbent, record.edits()).ok(),
    }
}

fn past(
    record: Disclosable<'_>,
    family: String,
    told: Told,
    seen: Option<PastInSample>,
) -> PastProposal {
    PastProposal {
        iteration: record.iteration(),
        kind: record.kind().to_owned(),
        operator: record.operator().to_owned(),
        verdict: record.verdict(),
        evaluated: record.was_evaluated(),
        family,
        hypothesis: record.hypothesis(),
        idea: record.idea(),
        edits: record.edits().to_vec(),
        failed_gates: record.failed_gates(),
        told,
        bill: record.bill(),
        declined: record.declined(),
        seen,
    }
}

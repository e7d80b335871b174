//! What of a record may be told: the one place where proposers' side reads records.
//!
//! A record holds every out-of-sample number of its iteration. [`Disclosable`] lends what a proposer may know and keeps
//! the rest out of reach: its score comes out by the ladder only, its gates as ids, its metrics
//! only where none of their bars decides anything. A test looks
//! that no other file of `propose` reads a record's fields.

use super::PastInSample;
use super::ladder::{Ladder, Told};
use crate::state::{Bill, Edit, FoldSummary, Record, Verdict};
use crate::strategy::CandidateHash;

/// A record, as far as a proposer may know it.
#[derive(Clone, Copy)]
pub(super) struct Disclosable<'a>(&'a Record);

impl<'a> Disclosable<'a> {
    pub(super) fn of(record: &'a Record) -> Self {
        Self(record)
    }

    pub(super) fn iteration(self) -> u64 {
        self.0.iteration
    }

    /// The evaluation that the iteration belongs to, as a name.
    pub(super) fn epoch(self) -> &'a str {
        &self.0.epoch
    }

    pub(super) fn candidate(self) -> Option<CandidateHash> {
        self.0.candidate.as_deref().map(CandidateHash::from_record)
    }

    pub(super) fn verdict(self) -> Verdict {
        self.0.verdict
    }

    /// Whether its candidate is the incumbent from here on.
    pub(super) fn moves_incumbent(self) -> bool {
        self.0.moves_incumbent()
    }

    /// Whether there is something to learn from it about proposals: it is one, or a person's answer to one.
    pub(super) fn is_told(self) -> bool {
        self.0.is_proposal() || self.0.verdict == Verdict::Declined
    }

    /// What made the proposal.
    pub(super) fn operator(self) -> &'a str {
        self.0.proposer.model.as_deref().unwrap_or(&self.0.proposer.kind)
    }

    /// Who made the proposal: `search`, `llm`, `agent`.
    pub(super) fn kind(self) -> &'a str {
        &self.0.proposer.kind
    }

    /// What the proposal cost.
    pub(super) fn bill(self) -> Bill {
        self.0.proposer.bill()
    }

    /// What the proposal was to show.
    pub(super) fn hypothesis(self) -> Option<String> {
        self.0.hypothesis.clone()
    }

    /// The person's idea that it took up.
    pub(super) fn idea(self) -> Option<String> {
        self.0.idea.clone()
    }

    /// Moves on the queue of hints that nobody could read so far.
    pub(super) fn queue(self, waiting: &mut Vec<String>) {
        self.0.queue(waiting);
    }

    /// Why a person declined it: a person's words, and no number of ours.
    pub(super) fn declined(self) -> Option<String> {
        (self.0.verdict == Verdict::Declined).then(|| self.0.reason.clone())
    }

    /// How it did in-sample; none where in-sample folds share bars with those that decide.
    pub(super) fn in_sample(self) -> Option<PastInSample> {
        let of_span =
            |span: &'static str| self.0.folds.iter().filter(move |fold| fold.span == span);
        // Times are ISO-8601 of one form, so that their texts have their order.
        let meet = |a: &FoldSummary, b: &FoldSummary| a.from <= b.to && b.from <= a.to;
        if of_span("in_sample").any(|a| of_span("out_of_sample").any(|b| meet(a, b))) {
            return None;
        }
        let metrics = self.0.in_sample.as_ref()?;
        let names = ["sharpe", "max_drawdown", "trades", "bars_held", "exposure"];
        let [sharpe, max_drawdown, trades, bars_held, exposure] = metrics.pick(names);
        Some(PastInSample { sharpe, max_drawdown, trades, bars_held, exposure })
    }

    pub(super) fn edits(self) -> &'a [Edit] {
        &self.0.edits
    }

    /// The strategy's text, where the edits don't give it.
    pub(super) fn strategy(self) -> Option<&'a str> {
        self.0.strategy.as_deref()
    }

    /// Whether it came to an out-of-sample evaluation.
    pub(super) fn was_evaluated(self) -> bool {
        self.0.trial.is_some()
    }

    /// Ids of the gates that it failed.
    pub(super) fn failed_gates(self) -> Vec<String> {
        let failed = self.0.gates.iter().filter(|gate| !gate.pass);
        failed.map(|gate| gate.id.clone()).collect()
    }

    /// Its score, as far as the ladder tells it.
    pub(super) fn climb(self, ladder: &mut Ladder) -> Told {
        self.0.score.map_or(Told::NoBetter, |score| ladder.tell(score))
    }
}

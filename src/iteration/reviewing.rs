//! Pull requests as input: takes in what people did to them, before anything is done at the forge.

use std::sync::Arc;

use super::settle::{Rescored, rescore};
use super::{Arena, Landing, LoopError, Orders, Session, Timing, evaluate};
use crate::check::{self, Candidate};
use crate::decide::{self, Case, Incumbent};
use crate::ports::{Lock, Ports};
use crate::propose::difference;
use crate::reconcile::Action;
use crate::record::Draft;
use crate::review::{self, Cause, Due, Foreign, Room, Seen, View};
use crate::state::{
    Asked, BY_A_PERSON, Journal, Phase, PullRequest, PullState, Record, State, Verdict, Waiting,
};
use crate::strategy::apply;

/// What the forge shows, if there is one.
pub(super) fn look(ports: &Ports<'_>, state: &State) -> Result<Option<Seen>, LoopError> {
    let Some(forge) = ports.forge else { return Ok(None) };
    Ok(Some(forge.look(&review::about(waiting(state)))?))
}

fn waiting(state: &State) -> &[Waiting] {
    state.status().map_or(&[], |status| &status.pull_requests)
}

impl Session {
    pub(super) fn view<'a>(&'a self, seen: &'a Seen, base: Option<&'a str>) -> Option<View<'a>> {
        let status = self.state.status()?;
        Some(View {
            records: self.state.history().records(),
            waiting: &status.pull_requests,
            incumbent: (&status.epoch, &status.incumbent.hash),
            base,
            seen,
        })
    }

    /// What people did to pull requests that is to be recorded before these actions. `base` is the hash of the strategy
    /// that people see.
    pub(super) fn due(
        &self,
        base: Option<&str>,
        actions: &[Action],
    ) -> Result<Option<Due>, Foreign> {
        if let (None, Some(seen)) = (self.state.status(), &self.seen) {
            review::at_the_beginning(seen)?;
        }
        let is_settled = actions.is_empty();
        // What was merged isn't a person's own edit.
        if !is_settled && !matches!(actions, [Action::TakeInExternal { .. }]) {
            return Ok(None);
        }
        let Some(seen) = &self.seen else { return Ok(None) };
        let Some(view) = self.view(seen, base) else {
            return Ok(None);
        };
        let due = review::due(&view)?;
        Ok(due.filter(|due| is_settled || matches!(due, Due::Merge { .. })))
    }

    /// Takes up what people want tried next, after the hints of the run.
    pub(super) fn next_wish(&mut self) {
        if let Some(seen) = &self.seen {
            let wishes = review::wishes(self.state.history().records(), seen);
            self.hints.wish(wishes.into_iter().next());
        }
    }

    /// Has a record keep what people asked for on pull requests that end by it.
    pub(super) fn keep_last_wishes(&self, ports: &Ports<'_>, record: &mut Record) {
        if let Some(seen) = self.seen.as_ref().filter(|_| ports.proposer.reads()) {
            let records = self.state.history().records();
            let wishes = review::last_wishes(records, seen, record);
            record.waiting.extend(wishes);
        }
    }

    /// A record of nobody's proposal, as of now; what asking cost in an iteration that came to nothing goes with it.
    pub(super) fn bookkeeping(&self, orders: &Orders, started: jiff::Timestamp) -> Draft {
        let mut draft = Draft {
            iteration: self.state.next_iteration(),
            parent: self.state.status().map(|status| status.incumbent.hash.clone()),
            waiting: self.hints.to_journal(),
            run: orders.run.clone(),
            started: started.to_string(),
            ..Draft::default()
        };
        draft.proposer.kind = BY_A_PERSON.into();
        draft.proposer.book(&self.books.bill());
        draft
    }

    /// Records what people did.
    pub(super) fn take_in(
        &mut self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
        due: Due,
    ) -> Result<Arc<Record>, LoopError> {
        match due {
            Due::Merge { iteration, number, by, incumbent } => {
                let mut pull = PullRequest::new(iteration, PullState::Merged);
                (pull.number, pull.by, pull.incumbent) = (Some(number), by, incumbent);
                let proposed = self.last_candidate(iteration)?.clone();
                if incumbent {
                    let text = self.found.clone().ok_or(LoopError::NoStrategy)?;
                    let reason = format!("a person merged pull request {number}");
                    let mut rescored = Rescored::new(Verdict::Merged, text, reason);
                    rescored.merged = Some((pull, proposed));
                    return rescore(ports, arena, orders, lock, self, rescored);
                }
                let reason = format!(
                    "a person merged pull request {number}, and the base branch holds something else by now"
                );
                self.noted(ports, arena, orders, lock, (Verdict::Merged, reason, pull, proposed))
            }
            Due::Decline { iteration, number, by, reason } => {
                let mut pull = PullRequest::new(iteration, PullState::Declined);
                (pull.number, pull.by) = (Some(number), by);
                let proposed = self.last_candidate(iteration)?.clone();
                self.noted(ports, arena, orders, lock, (Verdict::Declined, reason, pull, proposed))
            }
            Due::Candidate { iteration, number, commit, by, text } => {
                let mut pull = PullRequest::new(iteration, PullState::Waiting);
                (pull.number, pull.by, pull.commit) = (Some(number), by, Some(commit));
                let text = text.ok_or_else(|| "its branch has no state/strategy.toml".to_owned());
                self.judge(ports, arena, orders, lock, Subject { pull, text, stays: true })
            }
            Due::Again { iteration, number, cause, held } => {
                let mut pull = PullRequest::new(iteration, PullState::Waiting);
                pull.number = number;
                if let Cause::Asked(comment) = cause {
                    pull.asked = Some(comment);
                }
                let stays = held || matches!(cause, Cause::Asked(_));
                let text = self.on_the_incumbent(iteration)?;
                self.judge(ports, arena, orders, lock, Subject { pull, text, stays })
            }
        }
    }

    /// The last record that has a candidate for the pull request of an iteration.
    pub(super) fn last_candidate(&self, iteration: u64) -> Result<&Record, LoopError> {
        let records = self.state.history().records().iter().rev();
        let mut of_it = records.filter(|record| {
            let pull = record.pull_request.as_ref();
            pull.is_some_and(|p| p.iteration == iteration && p.state == PullState::Waiting)
        });
        let found = of_it.find(|record| record.strategy.is_some());
        found.map(AsRef::as_ref).ok_or(LoopError::Bug("what waits for review has a candidate"))
    }

    /// What a candidate says when the incumbent of now takes the place of the one that it changed.
    fn on_the_incumbent(&self, iteration: u64) -> Result<Result<String, String>, LoopError> {
        let proposed = self.last_candidate(iteration)?;
        let status = self.state.status().ok_or(LoopError::Bug("a record without a status"))?;
        let hash = Some(&status.incumbent.hash);
        if let (true, Some(text)) = (proposed.parent.as_ref() == hash, &proposed.strategy) {
            return Ok(Ok(text.clone()));
        }
        let incumbent = self.state.strategy().ok_or(LoopError::NoStrategy)?;
        Ok(apply(incumbent, &proposed.edits)
            .map_err(|error| format!("its change doesn't fit the incumbent of now: {error}")))
    }

    /// Records that something happened, without an evaluation.
    fn noted(
        &mut self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
        (verdict, reason, pull, proposed): (Verdict, String, PullRequest, Record),
    ) -> Result<Arc<Record>, LoopError> {
        let timing = Timing::start(ports.clock);
        let started = ports.clock.now();
        let mut draft = self.bookkeeping(orders, started);
        draft.hypothesis = proposed.hypothesis;
        draft.edits = proposed.edits;
        let record = draft.unevaluated(arena, verdict, proposed.candidate, reason);
        let record = record.with_pull_request(pull);
        let journal = self.journal(arena, started, Phase::Asked(Asked::default()));
        let landing = Landing { journal, record, ledger: Vec::new(), candidate: None, timing };
        self.land(ports, arena, orders, lock, landing)
    }

    /// Evaluates the candidate of a pull request against the incumbent, and records what becomes of it.
    fn judge(
        &mut self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
        Subject { mut pull, text, stays }: Subject,
    ) -> Result<Arc<Record>, LoopError> {
        let mut timing = Timing::start(ports.clock);
        let started = ports.clock.now();
        let mut draft = self.bookkeeping(orders, started);
        let proposed = self.last_candidate(pull.iteration)?;
        draft.hypothesis.clone_from(&proposed.hypothesis);
        draft.edits.clone_from(&proposed.edits);
        let checked = text.and_then(|text| self.fit_to_judge(arena, &text, pull.commit.is_some()));
        let (mut record, ledger) = match checked {
            Err(reason) => {
                draft.edits.clear();
                (draft.unevaluated(arena, Verdict::Invalid, None, reason), Vec::new())
            }
            Ok(candidate) => {
                if pull.commit.is_some() {
                    draft.edits = self.changes(&candidate);
                }
                let evaluation = evaluate(ports, arena, &candidate, &mut timing)?;
                let subject = (&candidate.strategy, &candidate.compiled);
                let incumbent: Option<Incumbent> = self.incumbent();
                let decision = decide::decide(Case::new(arena, subject, &evaluation, incumbent));
                timing.lap(ports.clock, "decide");
                let (mut record, ledger) =
                    self.evaluated(arena, &draft, &candidate, &evaluation, decision);
                record.strategy = Some(candidate.text);
                (record, ledger)
            }
        };
        if record.verdict != Verdict::Accepted && !stays {
            pull.state = PullState::Withdrawn;
        }
        record = record.with_pull_request(pull);
        let journal = self.journal(arena, started, Phase::Asked(Asked::default()));
        let landing = Landing { journal, record, ledger, candidate: None, timing };
        self.land(ports, arena, orders, lock, landing)
    }

    /// A candidate that can be evaluated, or why it can't. A person may go beyond the constraints, as in an edit of the base
    /// branch.
    fn fit_to_judge(
        &self,
        arena: &Arena<'_>,
        text: &str,
        is_persons: bool,
    ) -> Result<Candidate, String> {
        let candidate = check::read(check::STRATEGY_FILE, text).map_err(|flaw| flaw.to_string())?;
        check::known(&candidate, check::STRATEGY_FILE, arena.listing())
            .map_err(|flaw| flaw.to_string())?;
        let incumbent = self.state.status().map(|status| status.incumbent.hash.as_str());
        if !is_persons && incumbent == Some(candidate.hash().as_str()) {
            return Err("the incumbent of now says the same".into());
        }
        Ok(candidate)
    }

    /// A person's candidate as edits of the incumbent.
    fn changes(&self, candidate: &Candidate) -> Vec<crate::strategy::Edit> {
        let incumbent = self.state.strategy().map(|text| check::read(check::STRATEGY_FILE, text));
        match incumbent {
            Some(Ok(incumbent)) => difference::edits(&incumbent.strategy, &candidate.strategy),
            _ => Vec::new(),
        }
    }

    /// Where candidates wait for review: what becomes of one that was accepted.
    pub(super) fn for_review(
        &self,
        arena: &Arena<'_>,
        journal: &Journal,
        mut record: Record,
    ) -> Record {
        let Phase::Proposed(proposal) = &journal.phase else { return record };
        let Some(seen) = self.seen.as_ref().filter(|_| record.verdict == Verdict::Accepted) else {
            return record;
        };
        let most = arena.program().settings.publish.max_open;
        let others = waiting(&self.state);
        let mut pull = PullRequest::new(record.iteration, PullState::Waiting);
        match review::room(others, &review::held(seen), most, record.score) {
            Room::Free => {}
            Room::InPlaceOf(other) => pull.replaces = Some(other),
            Room::None => {
                pull.state = PullState::NoRoom;
                record.verdict = Verdict::Rejected;
                record.reason = format!(
                    "{}, but {} pull requests wait for review and none that may make way is worse",
                    record.reason,
                    others.len()
                );
            }
        }
        record.strategy = Some(proposal.candidate.clone());
        record.with_pull_request(pull)
    }

    /// Whether records from this one on are of something that the forge doesn't show yet.
    pub(super) fn has_news_since(&self, iteration: u64) -> bool {
        let from = usize::try_from(iteration).unwrap_or(usize::MAX);
        let new = self.state.history().records().get(from..).unwrap_or_default();
        let is_news = |record: &Record| {
            let pull = record.pull_request.as_ref();
            pull.is_some_and(|pull| pull.state != PullState::NoRoom) || record.idea.is_some()
        };
        self.seen.is_some() && new.iter().any(|record| is_news(record))
    }

    pub(super) fn record(&self, iteration: u64) -> Result<&Record, LoopError> {
        let at = usize::try_from(iteration).unwrap_or(usize::MAX);
        let record = self.state.history().records().get(at);
        record.map(AsRef::as_ref).ok_or(LoopError::Bug("what is published is recorded"))
    }
}

/// What is to be judged for a pull request.
struct Subject {
    pull: PullRequest,
    /// The strategy's text, or why there is none.
    text: Result<String, String>,
    /// Whether it stays open where it is no better.
    stays: bool,
}

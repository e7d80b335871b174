//! Before anything new: what an earlier run left half-done, and what people did meanwhile.
//!
//! First start and recovery are the same path. [`settle`] observes, asks [`reconcile()`] what to do, does
//! it, and looks again until there is nothing left to do.

use std::sync::Arc;

use super::{
    Arena, Books, Hints, Known, Landing, LoopError, Orders, Outcome, Refused, Session, Timing,
    draft, evaluate, look, refused, reviewing,
};
use crate::check::{self, Candidate};
use crate::decide::{self, Case, Decision};
use crate::ports::{CommitId, CommitOutcome, CommitPlan, Event, Lock, Ports, Snapshot};
use crate::propose::Discloser;
use crate::reconcile::{Action, BaselineCause, View, reconcile};
use crate::review::Seen;
use crate::state::{
    Asked, Change, CommitIntent, FileIntent, Journal, JournalProposal, Phase, PullRequest, Record,
    State, StatePath, Verdict,
};

/// Rounds of observing and acting; each finishes something, so as many are enough as people can have done things.
const MOST_ROUNDS: usize = 100;

impl Session {
    /// Looks again, at what somebody may have changed since: only what did is parsed.
    pub(super) fn settle(
        self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
        outcome: &mut Outcome,
    ) -> Result<Self, LoopError> {
        settle_from(Some(self.known()), ports, arena, orders, lock, outcome)
    }

    fn known(self) -> Known {
        Known { state: self.state, disclosed: self.discloser, strategy: self.read }
    }
}

/// Brings the repository to where a new iteration can start.
pub(super) fn settle(
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    orders: &Orders,
    lock: &Lock,
    outcome: &mut Outcome,
) -> Result<Session, LoopError> {
    settle_from(orders.known.clone(), ports, arena, orders, lock, outcome)
}

/// Settles a repository of which this was read before.
fn settle_from(
    mut known: Option<Known>,
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    orders: &Orders,
    lock: &Lock,
    outcome: &mut Outcome,
) -> Result<Session, LoopError> {
    let mut seen = None;
    let mut looked_again = false;
    for _ in 0..MOST_ROUNDS {
        let snapshot = ports.repository.observe()?;
        let known_now = read_state(known.take(), arena, &snapshot)?;
        // What is recorded here changes nothing there.
        if seen.is_none() {
            seen = reviewing::look(ports, &known_now.state)?;
        }
        let (mut session, journal) =
            read(arena, orders, outcome, known_now, &snapshot, seen.as_ref())?;
        if outcome.found.is_none() && outcome.records.is_empty() {
            let status = session.state.status();
            outcome.found = status.and_then(|s| Some((s.epoch.clone(), s.incumbent.score?)));
        }
        let half_done = arena.program().settings.resume.half_done;
        let hash = session.read.as_ref().map(|candidate| candidate.hash().to_string());
        let actions = reconcile(&View {
            state: &session.state,
            copies: &snapshot.copies,
            journal: journal.as_ref(),
            epoch: arena.epoch(),
            strategy: hash.as_deref(),
            half_done,
        })?;
        let due = match session.due(hash.as_deref(), &actions) {
            // Another run may have recorded and opened it between the two looks.
            Err(_) if !looked_again => {
                (looked_again, known) = (true, Some(session.known()));
                continue;
            }
            due => due?,
        };
        // A dry run looks at what is, without what people did to it meanwhile.
        if let Some(due) = due.filter(|_| !orders.dry_run) {
            ports.progress.event(&Event::Reviewing(&due));
            let record = session.take_in(ports, arena, orders, lock, due)?;
            outcome.records.push(record);
            known = Some(session.known());
            continue;
        }
        if actions.is_empty() {
            return Ok(session);
        }
        for action in actions {
            ports.progress.event(&Event::Reconciling(&action));
            let scores_anew = matches!(action, Action::Baseline(_) | Action::TakeInExternal { .. });
            if orders.dry_run && !scores_anew {
                return Err(LoopError::Unfinished);
            }
            let record = act(ports, arena, orders, lock, &mut session, &snapshot, action)?;
            outcome.records.extend(record);
        }
        if orders.dry_run {
            // Looking again would find the same: nothing was written.
            return Ok(session);
        }
        known = Some(session.known());
    }
    Err(LoopError::Moved)
}

/// Reads and validates the state of a snapshot, of which some may be known.
fn read_state(
    known: Option<Known>,
    arena: &Arena<'_>,
    snapshot: &Snapshot,
) -> Result<Known, LoopError> {
    let (before, disclosed, strategy) = match known {
        Some(Known { state, disclosed, strategy }) => (Some(state), Some(disclosed), strategy),
        None => (None, None, None),
    };
    let state = match before {
        Some(before) => before.read_again(&snapshot.files)?,
        None => State::read(&snapshot.files)?,
    };
    let symbols = arena.market().symbols().len();
    let disclosed = Discloser::again(disclosed, &state, &arena.program().settings, symbols);
    Ok(Known { state, disclosed, strategy })
}

/// A session of what was found, and the journal.
fn read(
    arena: &Arena<'_>,
    orders: &Orders,
    outcome: &Outcome,
    Known { state, disclosed, strategy }: Known,
    snapshot: &Snapshot,
    seen: Option<&Seen>,
) -> Result<(Session, Option<Journal>), LoopError> {
    let journal = snapshot.journal.as_deref().map(Journal::parse).transpose()?;
    let found = match seen {
        Some(seen) => seen.base.strategy.clone(),
        None => state.strategy().map(str::to_owned),
    };
    let again = |text: &str| strategy.filter(|before| before.text == text);
    let anew = |text: &str| read_strategy(arena, text).map(Arc::new);
    let read = found.as_deref().map(|text| again(text).map_or_else(|| anew(text), Ok));
    let read = read.transpose()?;
    let books = Books::found(outcome.spent, journal.as_ref());
    let hints = Hints::found(orders, &outcome.records, journal.as_ref());
    let head = snapshot.head.clone();
    let seen = seen.cloned();
    let mut session =
        Session { state, head, discloser: disclosed, books, hints, seen, found, read };
    session.next_wish();
    Ok((session, journal))
}

pub(super) fn read_strategy(arena: &Arena<'_>, text: &str) -> Result<Candidate, LoopError> {
    let known = |candidate: Candidate| {
        check::known(&candidate, check::STRATEGY_FILE, arena.listing()).map(|()| candidate)
    };
    check::read(check::STRATEGY_FILE, text)
        .and_then(known)
        .map_err(|flaw| LoopError::Strategy(flaw.to_string()))
}

fn act(
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    orders: &Orders,
    lock: &Lock,
    session: &mut Session,
    snapshot: &Snapshot,
    action: Action,
) -> Result<Option<Arc<Record>>, LoopError> {
    match action {
        Action::Commit(intent) => {
            let changes = intent.changes(&session.state)?;
            commit(ports, lock, session.head.as_ref(), &intent, &changes)?;
            Ok(intent.record()?.map(Arc::new))
        }
        Action::FinishCheckout(files) => {
            check_out(ports, lock, &files)?;
            Ok(None)
        }
        Action::DropJournal => {
            ports.repository.clear_journal(lock)?;
            Ok(None)
        }
        Action::Resume(journal, proposal) => {
            resume(ports, arena, orders, lock, session, *journal, &proposal).map(Some)
        }
        Action::Abandon { journal, reason } => {
            let now = ports.clock.now();
            let added = journal.abandoned(&session.state, &reason, &now.to_string())?;
            let mut record =
                added.record.ok_or(LoopError::Bug("what is abandoned has a record"))?;
            record.run = orders.run.clone();
            let timing = Timing::start(ports.clock);
            let landing = Landing {
                journal: *journal,
                record,
                ledger: added.ledger,
                candidate: None,
                timing,
            };
            session.land(ports, arena, orders, lock, landing).map(Some)
        }
        Action::FinishLook(permission) => {
            look::finish(ports, arena, lock, session, &permission)?;
            Ok(None)
        }
        Action::Baseline(cause) => {
            let text = match (&cause, &snapshot.new_strategy) {
                (BaselineCause::Fresh { adopt: true }, Some(bytes)) => {
                    Some(String::from_utf8_lossy(bytes).into_owned())
                }
                _ => session.found.clone(),
            };
            let text = text.ok_or(LoopError::NoStrategy)?;
            listen(ports, arena, orders, &text)?;
            let reason = match session.state.status() {
                None => "the strategy to start from".into(),
                Some(_) => format!("the evaluation changed: this is epoch {}", arena.epoch()),
            };
            let rescored = Rescored::new(Verdict::Baseline, text, reason);
            rescore(ports, arena, orders, lock, session, rescored).map(Some)
        }
        Action::TakeInExternal { .. } => {
            let text = session.found.clone().ok_or(LoopError::NoStrategy)?;
            let reason = "a person edited the strategy".into();
            let rescored = Rescored::new(Verdict::External, text, reason);
            rescore(ports, arena, orders, lock, session, rescored).map(Some)
        }
    }
}

/// Before an epoch's first number: whether the machine that makes it can be believed.
fn listen(
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    orders: &Orders,
    incumbent: &str,
) -> Result<(), LoopError> {
    ports.progress.event(&Event::Phase("canaries"));
    let report = (orders.canaries)(arena, incumbent);
    if report.pass { Ok(()) } else { Err(LoopError::Canary(report)) }
}

/// Makes the commit that a journal intends, if HEAD is still where it was read.
pub(super) fn commit(
    ports: &Ports<'_>,
    lock: &Lock,
    base: Option<&CommitId>,
    intent: &CommitIntent,
    changes: &[Change],
) -> Result<CommitId, LoopError> {
    let plan = CommitPlan { base, message: &intent.message, time_s: intent.time_s, changes };
    match ports.repository.commit(lock, &plan)? {
        CommitOutcome::Landed(id) => Ok(id),
        CommitOutcome::Moved { .. } => Err(LoopError::Moved),
    }
}

/// Brings work tree and index along, then removes the journal: everything is done.
pub(super) fn finish(
    ports: &Ports<'_>,
    lock: &Lock,
    files: &[FileIntent],
) -> Result<(), LoopError> {
    check_out(ports, lock, files)?;
    ports.repository.clear_journal(lock)?;
    Ok(())
}

fn check_out(ports: &Ports<'_>, lock: &Lock, files: &[FileIntent]) -> Result<(), LoopError> {
    let left_alone: Vec<StatePath> = ports.repository.check_out(lock, files)?;
    if left_alone.is_empty() {
        return Ok(());
    }
    let paths: Vec<String> = left_alone.iter().map(ToString::to_string).collect();
    Err(LoopError::LeftAlone(paths.join(", ")))
}

/// Evaluates a proposal that an earlier run journalled.
fn resume(
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    orders: &Orders,
    lock: &Lock,
    session: &mut Session,
    journal: Journal,
    proposal: &JournalProposal,
) -> Result<Arc<Record>, LoopError> {
    let mut timing = Timing::start(ports.clock);
    let constraints = &arena.program().settings.constraints;
    let checked = match &proposal.unreadable {
        Some(reason) => Err(Refused::Invalid(reason.clone())),
        None => {
            let tried = session.discloser.tried();
            check::check(&proposal.candidate, constraints, tried, arena.listing())
                .map_err(Refused::from)
        }
    };
    let (record, ledger) = match checked {
        Ok(candidate) => {
            session.evaluate(ports, arena, orders, &journal, &candidate, &mut timing)?
        }
        Err(flaw) => (refused(arena, &draft(&journal, orders)?, &flaw), Vec::new()),
    };
    let candidate = Some(proposal.candidate.clone());
    session.land(ports, arena, orders, lock, Landing { journal, record, ledger, candidate, timing })
}

/// A strategy that nobody proposed, to be scored as the incumbent.
pub(super) struct Rescored {
    verdict: Verdict,
    text: String,
    reason: String,
    /// The merged pull request that it came by, and the record that proposed it.
    pub(super) merged: Option<(PullRequest, Record)>,
}

impl Rescored {
    pub(super) fn new(verdict: Verdict, text: String, reason: String) -> Self {
        Self { verdict, text, reason, merged: None }
    }
}

/// Scores a strategy that nobody proposed: the baseline of an epoch, a person's own edit, or what a person merged.
pub(super) fn rescore(
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    orders: &Orders,
    lock: &Lock,
    session: &mut Session,
    rescored: Rescored,
) -> Result<Arc<Record>, LoopError> {
    let mut timing = Timing::start(ports.clock);
    let started = ports.clock.now();
    let Rescored { verdict, text, reason, merged } = rescored;
    let candidate = match session.read.as_ref().filter(|read| read.text == text) {
        Some(read) => Arc::clone(read),
        None => Arc::new(read_strategy(arena, &text)?),
    };
    let evaluation = evaluate(ports, arena, &candidate, &mut timing)?;
    let mut draft = session.bookkeeping(orders, started);
    if verdict == Verdict::Baseline {
        draft.proposer.kind = "none".into();
    }
    let incumbent = session.incumbent_as_long_as(&candidate);
    let incumbent = incumbent.filter(|_| verdict != Verdict::Baseline);
    let subject = (&candidate.strategy, &candidate.compiled);
    let gates = decide::baseline_gates(&Case::new(arena, subject, &evaluation, incumbent));
    if let Some((_, proposed)) = &merged {
        draft.hypothesis.clone_from(&proposed.hypothesis);
        draft.edits.clone_from(&proposed.edits);
    }
    let decision = Decision { verdict, reason, gates, neighbours: Vec::new() };
    let (mut record, ledger) = session.evaluated(arena, &draft, &candidate, &evaluation, decision);
    record.strategy = Some(text.clone());
    if let Some((pull_request, _)) = merged {
        record = record.with_pull_request(pull_request);
    }
    // The phase is replaced by `land` before it is written.
    let journal = session.journal(arena, started, Phase::Asked(Asked::default()));
    let landing = Landing { journal, record, ledger, candidate: Some(text), timing };
    session.land(ports, arena, orders, lock, landing)
}

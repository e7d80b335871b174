//! The loop, and the only caller of the ports.
//!
//! ```text
//! observe → reconcile ⟲ until settled → [propose → check → backtest → score → decide → record → publish] × n
//! ```
//!
//! Intent first, effect second, receipt third: a proposal is journalled before it is evaluated, a
//! record before it is committed, and the journal goes when everything is done. The commit is the
//! moment at which an iteration has happened; work tree and index follow it. A look at the holdout is committed before it
//! is taken: it is then found in the repository, by this run or by a later one, and finished from there.

mod error;
mod hints;
mod look;
mod picture;
mod propose;
mod publishing;
mod purse;
mod reviewing;
mod settle;
mod timing;

pub use error::{Ending, LoopError};
pub use picture::curves;

use std::sync::Arc;
use std::time::Duration;

use crate::budget::Sum;
use crate::canary::{self, Report};
use crate::check::{self, Candidate};
use crate::decide::{self, Case, Decision, Incumbent};
use crate::evaluation::{Arena, Evaluation};
use crate::ports::{CommitId, Event, Lock, Ports, ProposerError, Stop};
use crate::propose::Discloser;
use crate::publish;
use crate::record::{Counted, Draft};
use crate::review::Seen;
use crate::state::ledger::Entry;
use crate::state::{
    Addition, CommitIntent, Journal, Phase, PlateauStage, Record, RunRef, SEGMENT_BYTES, State,
    Verdict,
};
use hints::Hints;
use propose::{Proposed, Refused};
use purse::Books;
use timing::Timing;

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Orders {
    /// Iterations after whatever reconciling takes.
    pub iterations: u64,
    /// Whether somebody asked for that many, rather than a schedule.
    pub explicit: bool,
    /// What a person wants tried in the first iteration.
    pub hint: Option<String>,
    /// No iteration starts after this long.
    pub deadline: Option<Duration>,
    /// Evaluate and report, but record nothing.
    pub dry_run: bool,
    /// The workflow run, for the records.
    pub run: RunRef,
    /// What is known of the state from before, by who runs the loop again and again: only what differs is parsed.
    pub known: Option<Known>,
    /// What has to hold before the first number of an epoch is made, given its incumbent's text.
    pub canaries: fn(&Arena<'_>, &str) -> Report,
}

/// What is known from before: the state, and what it discloses.
#[derive(Debug, Clone)]
pub struct Known {
    /// The state.
    pub state: State,
    /// What proposers may know of it.
    pub disclosed: Discloser,
    /// A strategy that was read for this market: the text that stands is nearly always its own.
    pub strategy: Option<Arc<Candidate>>,
}

impl Default for Orders {
    fn default() -> Self {
        let run = RunRef::default();
        Self {
            iterations: 0,
            explicit: false,
            hint: None,
            deadline: None,
            dry_run: false,
            run,
            known: None,
            canaries: canary::quick,
        }
    }
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Epoch and score of the incumbent that the run found, if there was one.
    pub found: Option<(String, f64)>,
    /// Records made by this run, reconciling included.
    pub records: Vec<Arc<Record>>,
    /// Why it stopped before all iterations were done, if it did.
    pub stopped: Option<Stop>,
    /// What it cost.
    pub spent: Sum,
    /// The state that it left; in a dry run the one that it would have left.
    pub state: Option<State>,
}

/// Iterations of a long run between two times of tidying up.
const TIDY_EVERY: u64 = 200;

/// Times an iteration re-reads and re-decides because somebody else committed meanwhile.
const MOST_MOVES: usize = 5;

/// Runs the loop: reconciles, then iterates.
///
/// # Errors
///
/// See [`LoopError`]. Whatever happens, the next run continues.
pub fn run(
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    orders: &Orders,
) -> Result<Outcome, LoopError> {
    let lock = ports.repository.lock()?;
    let mut outcome = Outcome::default();
    let started = ports.clock.now();
    let mut session = settle::settle(ports, arena, orders, &lock, &mut outcome)?;
    session = look::take(ports, arena, orders, &lock, session, &mut outcome)?;
    session = session.publish(ports, arena, orders, &lock, &mut outcome)?;
    let mut shown = session.state.next_iteration();
    let mut done = 0;
    let mut moves = 0;
    while done < orders.iterations {
        let stop = why_stop(ports, arena, orders, started, &session)
            .or_else(|| slows_down(orders, done, &session));
        if let Some(stop) = stop {
            ports.progress.event(&Event::Stopped(&stop));
            outcome.stopped = Some(stop);
            break;
        }
        ports.progress.event(&Event::Started { number: done + 1, of: orders.iterations });
        let result = session.iterate(ports, arena, orders, &lock);
        outcome.spent = session.books.run;
        match result {
            Ok(record) => {
                outcome.records.push(record);
                done += 1;
                if done % TIDY_EVERY == 0 {
                    tidy(ports, orders, &lock);
                }
                session = look::take(ports, arena, orders, &lock, session, &mut outcome)?;
                if session.has_news_since(shown) && !orders.dry_run {
                    session = session.settle(ports, arena, orders, &lock, &mut outcome)?;
                    session = session.publish(ports, arena, orders, &lock, &mut outcome)?;
                    shown = session.state.next_iteration();
                }
            }
            Err(LoopError::Proposer(
                end @ (ProposerError::Exhausted(_) | ProposerError::Spent(_)),
            )) => {
                let stop = match end {
                    ProposerError::Spent(overdrawn) => Stop::Spent(overdrawn),
                    end => Stop::Exhausted(end.to_string()),
                };
                ports.progress.event(&Event::Stopped(&stop));
                outcome.stopped = Some(stop);
                break;
            }
            // Somebody committed meanwhile: what is paid for is in the journal, so look again.
            Err(LoopError::Moved) if moves < MOST_MOVES => {
                moves += 1;
                let before = outcome.records.len();
                session = session.settle(ports, arena, orders, &lock, &mut outcome)?;
                session = session.publish(ports, arena, orders, &lock, &mut outcome)?;
                shown = session.state.next_iteration();
                done += outcome.records[before..].iter().filter(|r| r.is_proposal()).count() as u64;
            }
            Err(error) => {
                // With any other failure the journal may hold a proposal, and that is paid for.
                if matches!(
                    error,
                    LoopError::Proposer(
                        ProposerError::Unavailable { .. }
                            | ProposerError::Misconfigured { .. }
                            | ProposerError::Failed { .. }
                    )
                ) {
                    session.keep_hints(ports, arena, &lock)?;
                }
                return Err(error);
            }
        }
    }
    session.keep_hints(ports, arena, &lock)?;
    tidy(ports, orders, &lock);
    outcome.state = Some(session.state);
    Ok(outcome)
}

fn tidy(ports: &Ports<'_>, orders: &Orders, lock: &Lock) {
    if !orders.dry_run {
        // Everything is recorded by now: a repository that stays larger is no reason to fail.
        let _ = ports.repository.tidy(lock);
    }
}

fn why_stop(
    ports: &Ports<'_>,
    arena: &Arena<'_>,
    orders: &Orders,
    started: jiff::Timestamp,
    session: &Session,
) -> Option<Stop> {
    let settings = &arena.program().settings;
    if let Some(stop) = (ports.stop)() {
        return Some(stop);
    }
    let elapsed = Duration::try_from(ports.clock.now().duration_since(started)).ok();
    if orders.deadline.is_some_and(|most| elapsed.is_some_and(|elapsed| elapsed >= most)) {
        return Some(Stop::Deadline);
    }
    let trials = session.state.history().trials();
    (settings.budget.trials > 0 && trials >= settings.budget.trials)
        .then_some(Stop::Budget { trials })
}

/// A scheduled run of several iterations does one where nothing has helped for long.
fn slows_down(orders: &Orders, done: u64, session: &Session) -> Option<Stop> {
    let iterations = session.stale();
    let slow = PlateauStage::after(iterations) == PlateauStage::Notify;
    (slow && done > 0 && !orders.explicit).then_some(Stop::Plateau { iterations })
}

/// A settled repository, held in memory from iteration to iteration.
struct Session {
    state: State,
    head: Option<CommitId>,
    discloser: Discloser,
    books: Books,
    hints: Hints,
    /// What the forge showed; none where there is none.
    seen: Option<Seen>,
    /// The strategy that people see: the forge's base branch's, or HEAD's.
    found: Option<String>,
    /// The strategy that was read last, which is nearly always the one to beat.
    read: Option<Arc<Candidate>>,
}

impl Session {
    /// Iterations since the incumbent last moved.
    fn stale(&self) -> u64 {
        self.state
            .status()
            .map_or(0, |status| status.iteration.saturating_sub(status.plateau.since))
    }

    /// Whether the next record has to take in what a journal holds.
    fn owes(&self) -> bool {
        !self.books.bill().is_nothing() || !self.hints.to_journal().is_empty()
    }

    fn incumbent_score(&self) -> Option<f64> {
        self.state.status().and_then(|status| status.incumbent.score)
    }

    /// The strategy to beat; none while it has no score.
    fn incumbent(&self) -> Option<Incumbent> {
        let text = self.state.strategy()?;
        if let Some(read) = self.read.as_ref().filter(|read| read.text == text) {
            return self.incumbent_as_long_as(read);
        }
        let candidate = check::read(check::STRATEGY_FILE, text).ok()?;
        self.incumbent_as_long_as(&candidate)
    }

    /// The strategy to beat, for one that people put in its place: it is measured by its own length.
    fn incumbent_as_long_as(&self, candidate: &Candidate) -> Option<Incumbent> {
        let status = self.state.status()?;
        let record = self.state.history().records().get(status.incumbent.iteration as usize)?;
        Incumbent::of_record(record, candidate.compiled.nodes)
    }

    /// One iteration from proposal to commit.
    fn iterate(
        &mut self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
    ) -> Result<Arc<Record>, LoopError> {
        let mut timing = Timing::start(ports.clock);
        let Proposed { mut journal, checked } =
            self.propose(ports, arena, orders, lock, &mut timing)?;
        let (record, ledger) = match checked {
            Ok(candidate) => {
                let Phase::Proposed(proposal) = &mut journal.phase else {
                    return Err(LoopError::Bug("a fresh journal has a proposal"));
                };
                proposal.candidate_hash = Some(candidate.hash().to_string());
                let made =
                    self.evaluate(ports, arena, orders, &journal, &candidate, &mut timing)?;
                if made.0.moves_incumbent() {
                    self.read = Some(Arc::new(candidate));
                }
                made
            }
            Err(flaw) => (refused(arena, &draft(&journal, orders)?, &flaw), Vec::new()),
        };
        let candidate = match &journal.phase {
            Phase::Proposed(proposal) => Some(proposal.candidate.clone()),
            Phase::Asked(_) | Phase::Recorded(_) => None,
        };
        self.land(
            ports,
            arena,
            orders,
            lock,
            Landing { journal, record, ledger, candidate, timing },
        )
    }

    /// Backtests, scores and decides.
    fn evaluate(
        &self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        journal: &Journal,
        candidate: &Candidate,
        timing: &mut Timing,
    ) -> Result<(Record, Vec<Entry>), LoopError> {
        let evaluation = evaluate(ports, arena, candidate, timing)?;
        let subject = (&candidate.strategy, &candidate.compiled);
        let decision = decide::decide(Case::new(arena, subject, &evaluation, self.incumbent()));
        timing.lap(ports.clock, "decide");
        let (record, ledger) =
            self.evaluated(arena, &draft(journal, orders)?, candidate, &evaluation, decision);
        Ok((self.for_review(arena, journal, record), ledger))
    }

    fn evaluated(
        &self,
        arena: &Arena<'_>,
        draft: &Draft,
        candidate: &Candidate,
        evaluation: &Evaluation,
        decision: Decision,
    ) -> (Record, Vec<Entry>) {
        let hash = candidate.hash().to_string();
        let subject = (draft.iteration, hash.as_str());
        let counted = Counted::of(arena, self.state.ledger(), subject, evaluation, &decision);
        let record = draft.evaluated(arena, hash, &counted, evaluation, decision);
        (record, counted.entries)
    }

    /// Records, commits and brings the work tree along.
    fn land(
        &mut self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
        landing: Landing,
    ) -> Result<Arc<Record>, LoopError> {
        let Landing { mut journal, mut record, ledger, candidate, timing } = landing;
        ports.progress.event(&Event::Phase("record"));
        let stage = PlateauStage::after(self.stale());
        let now = ports.clock.now();
        record.finished = now.to_string();
        record.timing_ms = timing.total(ports.clock);
        if !record.waiting.is_empty() {
            let note = "nobody who reads had this turn: the hint waits for a model or agent";
            ports.progress.event(&Event::Note(note));
        }
        self.keep_last_wishes(ports, &mut record);
        let before = self.incumbent_score().filter(|_| same_epoch(&self.state, arena));
        let strategy = candidate.filter(|_| record.moves_incumbent());
        let message = publish::commit_message(&record, before);
        let added = Addition { record: Some(record), ledger, strategy };
        let step = self.state.step(added, SEGMENT_BYTES)?;
        // A dry run lives in memory: the same steps, none of the effects.
        if !orders.dry_run {
            let intent = CommitIntent::new(&step, message, now.as_second());
            journal.phase = Phase::Recorded(intent.clone());
            ports.repository.write_journal(lock, &journal.to_text()?)?;
            ports.progress.event(&Event::Phase("publish"));
            self.head =
                Some(settle::commit(ports, lock, self.head.as_ref(), &intent, &step.changes)?);
            settle::finish(ports, lock, &intent.files)?;
        }
        self.state.apply(step);
        let records = self.state.history().records();
        let record = records.last().cloned().ok_or(LoopError::Bug("a step leaves its record"))?;
        self.discloser.take_in(&record);
        self.hints.recorded(&record);
        if !orders.dry_run {
            // A dry run leaves what it cost in the journal, for the next record.
            self.books.recorded();
        }
        ports.progress.event(&Event::Recorded { record: &record, before, dry_run: orders.dry_run });
        if PlateauStage::after(self.stale()) > stage {
            ports.progress.event(&Event::Plateau { iterations: self.stale() });
        }
        Ok(record)
    }
}

/// What is ready to be recorded and committed.
struct Landing {
    journal: Journal,
    record: Record,
    ledger: Vec<Entry>,
    candidate: Option<String>,
    timing: Timing,
}

fn refused(arena: &Arena<'_>, draft: &Draft, flaw: &Refused) -> Record {
    let (verdict, candidate) = match flaw {
        Refused::Invalid(_) => (Verdict::Invalid, None),
        Refused::Duplicate(hash) => (Verdict::Duplicate, Some(hash.clone())),
    };
    draft.unevaluated(arena, verdict, candidate, flaw.reason())
}

fn same_epoch(state: &State, arena: &Arena<'_>) -> bool {
    state.status().is_some_and(|status| status.epoch == arena.epoch())
}

/// What a journal says about the record that it will become.
fn draft(journal: &Journal, orders: &Orders) -> Result<Draft, LoopError> {
    let Phase::Proposed(proposal) = &journal.phase else {
        return Err(LoopError::Bug("only a proposal can be evaluated"));
    };
    Ok(Draft {
        iteration: journal.iteration,
        parent: journal.parent.clone(),
        proposer: proposal.proposer.clone(),
        hypothesis: proposal.hypothesis.clone(),
        expected: proposal.expected.clone(),
        idea: proposal.idea.clone(),
        waiting: proposal.waiting.clone(),
        edits: proposal.edits.clone(),
        run: orders.run.clone(),
        started: journal.started.clone(),
    })
}

fn evaluate(
    ports: &mut Ports<'_>,
    arena: &Arena<'_>,
    candidate: &Candidate,
    timing: &mut Timing,
) -> Result<Evaluation, LoopError> {
    ports.progress.event(&Event::Phase("backtest"));
    let backtest = arena.backtest(&candidate.compiled);
    timing.lap(ports.clock, "backtest");
    ports.progress.event(&Event::Phase("score"));
    let evaluation = arena.score(backtest)?;
    timing.lap(ports.clock, "score");
    Ok(evaluation)
}

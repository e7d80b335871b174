//! The loop, and the only caller of the ports.
//!
//! ```text
//! observe → reconcile ⟲ until settled → [propose → check → backtest → score → decide → record → publish] × n
//! ```
//!
//! Intent first, effect second, receipt third: a proposal is journalled before it is evaluated, a
//! record before it is committed, and the journal goes when everything is done. The commit is the
//! moment at which an iteration has happened; work tree and index follow it.

mod error;
mod settle;

pub use error::{Ending, LoopError};

use std::time::Duration;

use crate::canary::{self, Report};
use crate::check::{self, Candidate, Flaw};
use crate::decide::{self, Case, Decision};
use crate::evaluation::{Arena, Evaluation};
use crate::ports::{Clock, CommitId, Event, Lock, Ports, ProposerError, Stop};
use crate::propose::{Discloser, Proposal, Refusal};
use crate::publish;
use crate::record::Draft;
use crate::state::{
    CommitIntent, JOURNAL_FORMAT, Journal, JournalProposal, Phase, Proposer, Record, RunRef,
    SEGMENT_BYTES, State, Verdict,
};
use crate::strategy::apply;

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Orders {
    /// Iterations after whatever reconciling takes.
    pub iterations: u64,
    /// No iteration starts after this long.
    pub deadline: Option<Duration>,
    /// Evaluate and report, but record nothing.
    pub dry_run: bool,
    /// The workflow run, for the records.
    pub run: RunRef,
    /// What has to hold before the first number of an epoch is made, given its incumbent's text.
    pub canaries: fn(&Arena<'_>, &str) -> Report,
}

impl Default for Orders {
    fn default() -> Self {
        let run = RunRef::default();
        Self { iterations: 0, deadline: None, dry_run: false, run, canaries: canary::quick }
    }
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Epoch and score of the incumbent that the run found, if there was one.
    pub found: Option<(String, f64)>,
    /// Records made by this run, reconciling included.
    pub records: Vec<Record>,
    /// Why it stopped before all iterations were done, if it did.
    pub stopped: Option<Stop>,
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
    let mut done = 0;
    let mut moves = 0;
    while done < orders.iterations {
        if let Some(stop) = why_stop(ports, arena, orders, started, &session) {
            ports.progress.event(&Event::Stopped(&stop));
            outcome.stopped = Some(stop);
            break;
        }
        ports.progress.event(&Event::Started { number: done + 1, of: orders.iterations });
        match session.iterate(ports, arena, orders, &lock) {
            Ok(record) => {
                outcome.records.push(record);
                done += 1;
                if done % TIDY_EVERY == 0 {
                    tidy(ports, orders, &lock);
                }
            }
            Err(LoopError::Proposer(ProposerError::Exhausted(why))) => {
                let stop = Stop::Exhausted(why);
                ports.progress.event(&Event::Stopped(&stop));
                outcome.stopped = Some(stop);
                break;
            }
            // Somebody committed meanwhile: what is paid for is in the journal, so look again.
            Err(LoopError::Moved) if moves < MOST_MOVES => {
                moves += 1;
                let before = outcome.records.len();
                session = settle::settle(ports, arena, orders, &lock, &mut outcome)?;
                done += outcome.records[before..].iter().filter(|r| is_iteration(r)).count() as u64;
            }
            Err(error) => return Err(error),
        }
    }
    tidy(ports, orders, &lock);
    Ok(outcome)
}

fn tidy(ports: &Ports<'_>, orders: &Orders, lock: &Lock) {
    if !orders.dry_run {
        // Everything is recorded by now: a repository that stays larger is no reason to fail.
        let _ = ports.repository.tidy(lock);
    }
}

/// Whether a record counts towards the iterations that were asked for.
fn is_iteration(record: &Record) -> bool {
    !matches!(record.verdict, Verdict::Baseline | Verdict::External)
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

/// A settled repository, held in memory from iteration to iteration.
struct Session {
    state: State,
    head: Option<CommitId>,
    discloser: Discloser,
}

impl Session {
    fn incumbent_score(&self) -> Option<f64> {
        self.state.status().and_then(|status| status.incumbent.score)
    }

    /// One iteration from proposal to commit.
    fn iterate(
        &mut self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
    ) -> Result<Record, LoopError> {
        let clock = ports.clock;
        let mut timing = Timing::start(clock);
        let started = clock.now();
        let tries = arena.program().settings.session.proposals.max(1);
        self.discloser.disclosure().refused.clear();
        let mut attempt = 0;
        let (mut journal, checked) = loop {
            attempt += 1;
            ports.progress.event(&Event::Phase("propose"));
            let proposal = ports.proposer.propose(self.discloser.disclosure())?;
            timing.lap(clock, "propose");
            ports.progress.event(&Event::Phase("check"));
            let (text, checked) = self.check(arena, &proposal);
            timing.lap(clock, "check");
            let journal = self.journal(ports, arena, proposal, text, started);
            // What a proposer was paid for is durable before anything else happens to it.
            if !orders.dry_run {
                ports.repository.write_journal(lock, &journal.to_text()?)?;
            }
            timing.lap(clock, "journal");
            match checked {
                Err(flaw) if attempt < tries => self.refuse(&journal, &flaw),
                checked => break (journal, checked),
            }
        };
        let record = match checked {
            Ok(candidate) => {
                let Phase::Proposed(proposal) = &mut journal.phase else {
                    return Err(LoopError::Bug("a fresh journal has a proposal"));
                };
                proposal.candidate_hash = Some(candidate.hash().to_string());
                self.evaluate(ports, arena, orders, &journal, &candidate, &mut timing)?
            }
            Err(flaw) => refused(arena, &draft(&journal, orders)?, &flaw),
        };
        let candidate = match &journal.phase {
            Phase::Proposed(proposal) => Some(proposal.candidate.clone()),
            Phase::Recorded(_) => None,
        };
        self.land(ports, arena, orders, lock, Landing { journal, record, candidate, timing })
    }

    /// The candidate's text, and whether it may be tried.
    fn check(
        &mut self,
        arena: &Arena<'_>,
        proposal: &Proposal,
    ) -> (String, Result<Candidate, Refused>) {
        let text = match apply(&self.discloser.disclosure().incumbent, &proposal.edits) {
            Ok(text) => text,
            Err(error) => return (String::new(), Err(Refused::Invalid(error.to_string()))),
        };
        let constraints = &arena.program().settings.constraints;
        let tried = self.discloser.tried();
        let checked = check::check(&text, constraints, tried, arena.listing());
        (text, checked.map_err(Refused::from))
    }

    fn journal(
        &self,
        ports: &Ports<'_>,
        arena: &Arena<'_>,
        proposal: Proposal,
        candidate: String,
        started: jiff::Timestamp,
    ) -> Journal {
        let proposer = Proposer {
            kind: ports.proposer.kind().into(),
            model: Some(proposal.operator),
            ..Proposer::default()
        };
        Journal {
            format: JOURNAL_FORMAT,
            iteration: self.state.next_iteration(),
            epoch: arena.epoch().into(),
            parent: self.state.status().map(|status| status.incumbent.hash.clone()),
            base: self.head.as_ref().map(ToString::to_string),
            started: started.to_string(),
            phase: Phase::Proposed(JournalProposal {
                candidate,
                candidate_hash: None,
                edits: proposal.edits,
                hypothesis: Some(proposal.hypothesis),
                proposer,
            }),
        }
    }

    /// Tells the proposer what was wrong, for its next try.
    fn refuse(&mut self, journal: &Journal, flaw: &Refused) {
        if let Phase::Proposed(proposal) = &journal.phase {
            let refusal = Refusal { edits: proposal.edits.clone(), reason: flaw.reason() };
            self.discloser.disclosure().refused.push(refusal);
        }
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
    ) -> Result<Record, LoopError> {
        let evaluation = evaluate(ports, arena, candidate, timing)?;
        let settings = &arena.program().settings.gates;
        let incumbent = self.incumbent_score();
        let decision = decide::decide(&Case { evaluation: &evaluation, incumbent, settings });
        timing.lap(ports.clock, "decide");
        Ok(self.evaluated(arena, &draft(journal, orders)?, candidate, &evaluation, decision))
    }

    fn evaluated(
        &self,
        arena: &Arena<'_>,
        draft: &Draft,
        candidate: &Candidate,
        evaluation: &Evaluation,
        decision: Decision,
    ) -> Record {
        let hash = candidate.hash().to_string();
        let trial = self.state.history().next_trial(arena.epoch(), &hash);
        draft.evaluated(arena, hash, trial, evaluation, decision)
    }

    /// Records, commits and brings the work tree along.
    fn land(
        &mut self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
        landing: Landing,
    ) -> Result<Record, LoopError> {
        let Landing { mut journal, mut record, candidate, timing } = landing;
        ports.progress.event(&Event::Phase("record"));
        let now = ports.clock.now();
        record.finished = now.to_string();
        record.timing_ms = timing.total(ports.clock);
        let before = self.incumbent_score().filter(|_| same_epoch(&self.state, arena));
        let strategy = candidate.filter(|_| record.verdict.moves_incumbent());
        let step = self.state.step(record.clone(), strategy, SEGMENT_BYTES)?;
        // A dry run lives in memory: the same steps, none of the effects.
        if !orders.dry_run {
            let message = publish::commit_message(&record, before);
            let intent = CommitIntent::new(&step, message, now.as_second());
            journal.phase = Phase::Recorded(intent.clone());
            ports.repository.write_journal(lock, &journal.to_text()?)?;
            ports.progress.event(&Event::Phase("publish"));
            self.head =
                Some(settle::commit(ports, lock, self.head.as_ref(), &intent, &step.changes)?);
            settle::finish(ports, lock, &intent.files)?;
        }
        self.state.apply(step);
        self.discloser.take_in(&record);
        ports.progress.event(&Event::Recorded { record: &record, before, dry_run: orders.dry_run });
        Ok(record)
    }
}

/// What is ready to be recorded and committed.
struct Landing {
    journal: Journal,
    record: Record,
    candidate: Option<String>,
    timing: Timing,
}

/// Why a candidate won't be evaluated, by what becomes of its iteration.
enum Refused {
    Invalid(String),
    Duplicate(String),
}

impl Refused {
    fn reason(&self) -> String {
        match self {
            Self::Invalid(message) => message.clone(),
            Self::Duplicate(hash) => format!("the same strategy was tried before ({hash})"),
        }
    }
}

impl From<Flaw> for Refused {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Duplicate(hash) => Self::Duplicate(hash.to_string()),
            flaw => Self::Invalid(flaw.to_string()),
        }
    }
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

/// Milliseconds per phase, by the clock of the ports.
struct Timing {
    laps: Vec<(&'static str, f64)>,
    start: jiff::Timestamp,
    last: jiff::Timestamp,
}

impl Timing {
    fn start(clock: &dyn Clock) -> Self {
        let now = clock.now();
        Self { laps: Vec::new(), start: now, last: now }
    }

    fn lap(&mut self, clock: &dyn Clock, phase: &'static str) {
        let now = clock.now();
        self.laps.push((phase, milliseconds(now, self.last)));
        self.last = now;
    }

    fn total(self, clock: &dyn Clock) -> std::collections::BTreeMap<String, f64> {
        let mut phases = std::collections::BTreeMap::new();
        for (phase, ms) in self.laps {
            *phases.entry(phase.to_owned()).or_insert(0.0) += ms;
        }
        phases.insert("total".into(), milliseconds(clock.now(), self.start));
        phases
    }
}

/// Microsecond resolution is what anybody reads.
fn milliseconds(now: jiff::Timestamp, before: jiff::Timestamp) -> f64 {
    now.duration_since(before).as_micros() as f64 / 1e3
}

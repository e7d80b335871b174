//! The loop in small, as the real one uses state, reconcile and the repository: everything in between
//! (proposer, backtest) is a function of the iteration number.

use std::cell::{Cell, RefCell};

use sprag::ports::{CommitOutcome, CommitPlan, Lock, Repository, RepositoryError, Snapshot};
use sprag::program::HalfDone;
use sprag::reconcile::{Action, BaselineCause, Refusal, View, reconcile};
use sprag::state::ledger::{Bars, Entry, EpochSpan, Outcome, Role, Row, Trial};
use sprag::state::{
    Addition, CommitIntent, ContentHash, Edit, JOURNAL_FORMAT, Journal, JournalProposal, Phase,
    Proposer, Record, State, StateError, Usd, Verdict,
};

pub const NOW: &str = "2024-05-06T07:08:09Z";
const TIME_S: i64 = 1_714_979_289;

#[derive(Debug, thiserror::Error)]
pub enum Stop {
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("somebody else committed")]
    Moved,
    #[error("some files were left alone")]
    LeftAlone,
}

/// One person's set-up of the loop.
pub struct Driver {
    pub epoch: String,
    pub half_done: HalfDone,
    pub segment_bytes: usize,
    /// Proposals asked for, each of which costs something.
    pub asked: Cell<u64>,
    /// Hypotheses of the proposals whose journal was written.
    pub journalled: RefCell<Vec<String>>,
}

impl Default for Driver {
    fn default() -> Self {
        Self {
            epoch: "e1".into(),
            half_done: HalfDone::Finish,
            segment_bytes: sprag::state::SEGMENT_BYTES,
            asked: Cell::new(0),
            journalled: RefCell::default(),
        }
    }
}

pub fn strategy_hash(text: &str) -> String {
    ContentHash::of(text.trim().as_bytes()).as_str()[..16].to_owned()
}

impl Driver {
    /// Reconciles, then goes on until the history has `iterations` records.
    pub fn run_to(&self, repository: &dyn Repository, iterations: u64) -> Result<State, Stop> {
        let lock = repository.lock()?;
        loop {
            let (snapshot, state, actions) = self.look(repository)?;
            let idle = actions.is_empty();
            if idle && state.next_iteration() >= iterations {
                return Ok(state);
            }
            let mut at =
                Iteration { driver: self, repository, lock: &lock, snapshot: &snapshot, state };
            for action in actions {
                at.act(action)?;
            }
            if idle {
                at.propose()?;
            }
        }
    }

    /// What reconcile wants to do; empty when all is in order.
    pub fn pending(&self, repository: &dyn Repository) -> Result<Vec<Action>, Stop> {
        Ok(self.look(repository)?.2)
    }

    fn look(&self, repository: &dyn Repository) -> Result<(Snapshot, State, Vec<Action>), Stop> {
        let snapshot = repository.observe()?;
        let state = State::read(&snapshot.files)?;
        let journal = snapshot.journal.as_deref().map(Journal::parse).transpose()?;
        let strategy = state.strategy().map(strategy_hash);
        let actions = reconcile(&View {
            state: &state,
            copies: &snapshot.copies,
            journal: journal.as_ref(),
            epoch: &self.epoch,
            strategy: strategy.as_deref(),
            half_done: self.half_done,
        })?;
        Ok((snapshot, state, actions))
    }
}

struct Iteration<'a> {
    driver: &'a Driver,
    repository: &'a dyn Repository,
    lock: &'a Lock,
    snapshot: &'a Snapshot,
    state: State,
}

impl Iteration<'_> {
    fn act(&mut self, action: Action) -> Result<(), Stop> {
        match action {
            Action::Commit(intent) => self.commit(&intent),
            Action::FinishCheckout(files) => {
                match self.repository.check_out(self.lock, &files)?.is_empty() {
                    true => Ok(()),
                    false => Err(Stop::LeftAlone),
                }
            }
            Action::DropJournal => Ok(self.repository.clear_journal(self.lock)?),
            Action::Resume(journal, proposal) => self.evaluate(&journal, &proposal),
            Action::Abandon { journal, reason } => {
                let abandoned = journal.abandoned(&self.state, &reason, NOW)?;
                self.add(abandoned, "abandoned\n")
            }
            Action::FinishLook(permission) => {
                let look = permission.look();
                let outcome = Entry::Outcome(Outcome {
                    candidate: look.candidate.clone(),
                    epoch: look.epoch.clone(),
                    look: look.look,
                    pass: Some(look.look == 2),
                    at: NOW.into(),
                });
                self.add(Addition { ledger: vec![outcome], ..Addition::default() }, "outcome\n")
            }
            Action::Baseline(cause) => {
                let adopted = matches!(cause, BaselineCause::Fresh { adopt: true });
                let text = match &self.snapshot.new_strategy {
                    Some(bytes) if adopted => String::from_utf8(bytes.clone()).unwrap(),
                    _ => self.state.strategy().unwrap().to_owned(),
                };
                let record = self.record(Verdict::Baseline, &strategy_hash(&text));
                self.land(record, Some(text))
            }
            Action::TakeInExternal { hash } => {
                let record = self.record(Verdict::External, &hash);
                self.land(record, None)
            }
        }
    }

    fn propose(&mut self) -> Result<(), Stop> {
        let number = self.state.next_iteration();
        self.driver.asked.set(self.driver.asked.get() + 1);
        let candidate = format!("name = \"candidate {number} of {}\"\n", self.driver.epoch);
        let hypothesis = format!("call {} for {number}", self.driver.asked.get());
        let proposal = JournalProposal {
            candidate_hash: Some(strategy_hash(&candidate)),
            candidate,
            edits: vec![Edit::set("params.fast.value", number), Edit::remove("short")],
            hypothesis: Some(hypothesis.clone()),
            proposer: Proposer {
                kind: "llm".into(),
                tokens_in: 1,
                usd: Some(Usd::Known(0.25)),
                ..Proposer::default()
            },
            ..JournalProposal::default()
        };
        let journal = self.journal(Phase::Proposed(proposal.clone()));
        self.repository.write_journal(self.lock, &journal.to_text()?)?;
        self.driver.journalled.borrow_mut().push(hypothesis);
        self.evaluate(&journal, &proposal)
    }

    /// Even numbers are accepted, odd ones rejected.
    fn evaluate(&mut self, journal: &Journal, proposal: &JournalProposal) -> Result<(), Stop> {
        assert_eq!(journal.iteration, self.state.next_iteration());
        let accepted = journal.iteration.is_multiple_of(2);
        let verdict = if accepted { Verdict::Accepted } else { Verdict::Rejected };
        let mut record = self.record(verdict, proposal.candidate_hash.as_deref().unwrap());
        record.proposer = proposal.proposer.clone();
        record.hypothesis.clone_from(&proposal.hypothesis);
        record.edits.clone_from(&proposal.edits);
        self.land(record, accepted.then(|| proposal.candidate.clone()))
    }

    fn record(&self, verdict: Verdict, candidate: &str) -> Record {
        let parent = self.state.status().map(|status| status.incumbent.hash.clone());
        let number = self.state.next_iteration();
        Record {
            verdict,
            parent,
            candidate: Some(candidate.to_owned()),
            trial: Some(0),
            score: Some(number as f64 + 0.1),
            ..blank(number, &self.driver.epoch)
        }
    }

    fn journal(&self, phase: Phase) -> Journal {
        Journal {
            format: JOURNAL_FORMAT,
            iteration: self.state.next_iteration(),
            epoch: self.driver.epoch.clone(),
            parent: self.state.status().map(|status| status.incumbent.hash.clone()),
            base: self.snapshot.head.as_ref().map(ToString::to_string),
            started: NOW.into(),
            hints: Vec::new(),
            phase,
        }
    }

    /// Journal, commit, checkout, journal away: the way of every record.
    fn land(&mut self, record: Record, strategy: Option<String>) -> Result<(), Stop> {
        let message = format!("iteration {}: {:?}\n", record.iteration, record.verdict);
        let added = added(&self.state, record, strategy);
        self.add(added, &message)
    }

    fn add(&mut self, added: Addition, message: &str) -> Result<(), Stop> {
        let message = message.to_owned();
        let step = self.state.step(added, self.driver.segment_bytes)?;
        let intent = CommitIntent::new(&step, message, TIME_S);
        let journal = self.journal(Phase::Recorded(intent.clone()));
        self.repository.write_journal(self.lock, &journal.to_text()?)?;
        self.commit(&intent)?;
        self.state.apply(step);
        if !self.repository.check_out(self.lock, &intent.files)?.is_empty() {
            return Err(Stop::LeftAlone);
        }
        Ok(self.repository.clear_journal(self.lock)?)
    }

    fn commit(&self, intent: &CommitIntent) -> Result<(), Stop> {
        let plan = CommitPlan {
            base: self.snapshot.head.as_ref(),
            message: &intent.message,
            time_s: intent.time_s,
            changes: &intent.changes(&self.state)?,
        };
        match self.repository.commit(self.lock, &plan)? {
            CommitOutcome::Landed(_) => Ok(()),
            CommitOutcome::Moved { .. } => Err(Stop::Moved),
        }
    }
}

/// What is added with a record: its candidate as one trial, if it is one and new in its epoch, under the number that
/// follows.
pub fn added(state: &State, mut record: Record, strategy: Option<String>) -> Addition {
    let mut ledger = Vec::new();
    if record.trial.is_some() {
        let (epoch, number) = (record.epoch.as_str(), record.iteration);
        let candidate = record.candidate.clone().unwrap_or_default();
        if state.ledger().epoch().is_none_or(|span| span.epoch != epoch) {
            ledger.push(Entry::Epoch(span(number, epoch)));
        }
        let mut total = state.ledger().total();
        if state.ledger().trial(epoch, &candidate).is_none() {
            total += 1;
            ledger.push(Entry::Trial(trial(number, total, &candidate)));
        }
        record.trial = Some(total);
    }
    Addition { record: Some(record), ledger, strategy }
}

pub fn span(iteration: u64, epoch: &str) -> EpochSpan {
    let bars = |from: &str, to: &str| Bars { from: from.into(), to: to.into() };
    EpochSpan {
        iteration,
        epoch: epoch.into(),
        symbols: vec!["A".into()],
        development: bars("2000-01-03T00:00:00Z", "2008-12-31T00:00:00Z"),
        out_of_sample: bars("2005-01-03T00:00:00Z", "2008-12-31T00:00:00Z"),
        holdout: Some(bars("2009-01-05T00:00:00Z", "2010-12-31T00:00:00Z")),
        bars_per_year: 252.0,
    }
}

pub fn trial(iteration: u64, number: u64, candidate: &str) -> Trial {
    let returns: Vec<f64> =
        (0..500).map(|i| f64::from((i * 37 + iteration as i32) % 19) - 9.0).collect();
    Trial {
        iteration,
        trial: number,
        count: 1,
        candidate: candidate.into(),
        role: Role::Candidate,
        bars: 500,
        sharpe: Some(0.01),
        skew: Some(0.0),
        kurtosis: Some(3.0),
        returns: Some(Row::of(&returns)),
    }
}

/// A record that says nothing yet.
pub fn blank(iteration: u64, epoch: &str) -> Record {
    Record {
        timing_ms: [("total".to_owned(), 1.5)].into(),
        data: "d".into(),
        started: NOW.into(),
        finished: NOW.into(),
        ..Record::new(iteration, epoch, Verdict::Failed, String::new())
    }
}

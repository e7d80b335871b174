//! The journal: what the iteration under way has earned so far, so that a killed run loses nothing.
//!
//! It is written before the effect it describes. `Asked` is written before a call that costs something
//! and says what that may cost, then what it did; `Proposed` is written when a proposal has arrived and
//! before it is evaluated; `Recorded` when the record is complete and before it is committed; the file
//! goes away when commit, work tree and index are all done. It is never committed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ledger::{Entry, Trial};
use super::lines::Text;
use super::{
    Addition, Bill, ContentHash, Edit, History, Proposer, RECORD_FORMAT, Record, State, StateError,
    StatePath, Step, Verdict,
};

/// The format that this version writes. Format 1 had no lines for the ledger.
pub const JOURNAL_FORMAT: u32 = 2;

/// The journal, relative to the root.
pub const JOURNAL_PATH: &str = "state/journal.json";

/// The iteration under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// Format of the file.
    pub format: u32,
    /// Number that the iteration will have.
    pub iteration: u64,
    /// The epoch it belongs to.
    pub epoch: String,
    /// Hash of the incumbent that it builds on; null for the first baseline.
    pub parent: Option<String>,
    /// The commit whose state was read; null in a repository without commits.
    pub base: Option<String>,
    /// When it started, ISO-8601 UTC.
    pub started: String,
    /// Hints of people that no record has yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
    /// How far it is.
    pub phase: Phase,
}

/// How far an iteration is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// A proposer is being asked, and costs something. There is no proposal yet.
    Asked(Asked),
    /// There is a proposal, paid for and not yet recorded.
    Proposed(JournalProposal),
    /// The record is complete and is about to be committed.
    Recorded(CommitIntent),
}

/// What asking has cost so far, in an iteration that has no proposal.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Calls that ended, whether they helped or not.
    pub bill: Bill,
    /// The most that calls under way can cost. After a kill nobody knows what they did cost, so that is
    /// what is booked.
    pub in_flight: Bill,
}

impl Asked {
    /// What is to be booked by whoever finds this in a journal.
    pub fn owed(&self) -> Bill {
        let mut owed = self.bill;
        owed.add(&self.in_flight);
        owed
    }
}

/// Everything that is needed to go on without asking the proposer again.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct JournalProposal {
    /// Text of the candidate strategy.
    pub candidate: String,
    /// Its hash; null while it has not been found valid.
    pub candidate_hash: Option<String>,
    /// The change from the incumbent.
    pub edits: Vec<Edit>,
    /// What the proposer expects.
    pub hypothesis: Option<String>,
    /// What should be seen if that is right.
    #[serde(default)]
    pub expected: Option<String>,
    /// The person's idea that it takes up.
    #[serde(default)]
    pub idea: Option<String>,
    /// Hints of people that go on waiting.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<String>,
    /// Why there is no candidate, where the reply couldn't be read.
    #[serde(default)]
    pub unreadable: Option<String>,
    /// Who proposed it, and what that cost.
    pub proposer: Proposer,
}

/// A commit that is about to be made: enough to make the very same one again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommitIntent {
    /// The commit message.
    pub message: String,
    /// Author and committer time in seconds since 1970-01-01T00:00:00Z.
    pub time_s: i64,
    /// The line that history.json gains; null for a look at the holdout.
    pub record: Option<String>,
    /// The lines that the ledger gains.
    #[serde(default)]
    pub ledger: Vec<String>,
    /// The files that change.
    pub files: Vec<FileIntent>,
}

/// One file of a commit that is about to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileIntent {
    /// The file.
    pub path: StatePath,
    /// What it is before; null where there is none.
    pub before: Option<ContentHash>,
    /// What it will be.
    pub after: ContentHash,
    /// Its new text; null for history, segments and ledger, which the lines give.
    pub text: Option<String>,
}

/// A file's new text, and what it replaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The file.
    pub path: StatePath,
    /// What it is before; `None` where there is none.
    pub before: Option<ContentHash>,
    /// Hash of the text.
    pub after: ContentHash,
    /// The new text.
    pub text: Arc<String>,
}

impl Change {
    /// A change to `text`.
    pub fn new(path: StatePath, before: Option<ContentHash>, text: String) -> Self {
        Self { path, before, after: ContentHash::of(text.as_bytes()), text: Arc::new(text) }
    }

    /// A change to a text whose hash is known.
    pub(super) fn to(path: StatePath, before: Option<ContentHash>, text: &Text) -> Self {
        Self { path, before, after: text.hash(), text: text.shared() }
    }
}

impl Journal {
    /// Reads the journal's text.
    ///
    /// # Errors
    /// A text that is no journal, or one of a newer format.
    pub fn parse(bytes: &[u8]) -> Result<Self, StateError> {
        let broken = |error: serde_json::Error| StateError::Journal {
            message: format!("can't be read ({error})"),
        };
        // Nearly every journal is of a known format, and then read once.
        let journal = serde_json::from_slice::<Self>(bytes);
        if journal.as_ref().is_ok_and(|journal| journal.format <= JOURNAL_FORMAT) {
            return journal.map_err(broken);
        }
        let Versioned { format } = serde_json::from_slice(bytes).map_err(broken)?;
        if format > JOURNAL_FORMAT {
            return Err(StateError::Newer {
                file: JOURNAL_PATH.to_owned(),
                line: 1,
                found: format,
                supported: JOURNAL_FORMAT,
            });
        }
        journal.map_err(broken)
    }

    /// The journal's text.
    ///
    /// # Errors
    /// None in practice: every field has a JSON form.
    pub fn to_text(&self) -> Result<String, StateError> {
        let mut text = serde_json::to_string_pretty(self).map_err(|error| StateError::Journal {
            message: format!("can't be written ({error})"),
        })?;
        text.push('\n');
        Ok(text)
    }

    /// What this iteration leaves when it can't be finished: the next record of `state`, with all that the proposer did
    /// and cost, and the trials that were made. `now` is ISO-8601 UTC. What depends on the run (`data`, `run`) is the
    /// caller's to fill in where the journal had not come that far.
    ///
    /// # Errors
    /// A `Recorded` journal whose lines are no record and entries.
    pub fn abandoned(
        &self,
        state: &State,
        reason: &str,
        now: &str,
    ) -> Result<Addition, StateError> {
        let (recorded, entries) = match &self.phase {
            Phase::Recorded(intent) => (intent.record()?, intent.entries()?),
            Phase::Proposed(proposal) => (Some(self.unevaluated(proposal, now)), Vec::new()),
            // Nothing was proposed: there is only what asking cost.
            Phase::Asked(asked) => (Some(self.unproposed(asked, now)), Vec::new()),
        };
        let mut record = recorded.ok_or_else(|| StateError::Journal {
            message: "is of no iteration, so that none can be abandoned".into(),
        })?;
        record.iteration = state.next_iteration();
        record.verdict = Verdict::Abandoned;
        record.reason = reason.to_owned();
        // What it would have made of a pull request it doesn't: that is found out again.
        (record.pull_request, record.format) = (None, RECORD_FORMAT);
        if let Some(status) = state.status() {
            record.epoch.clone_from(&status.epoch);
        }
        // Evaluations that could have been selected stay trials, under numbers that are still free.
        let ledger = self.counted_anew(entries, state, &record);
        let total = ledger.iter().rev().find_map(|entry| match entry {
            Entry::Trial(trial) => Some(trial.trial),
            _ => None,
        });
        record.trial = record.trial.map(|_| total.unwrap_or(state.ledger().total()));
        now.clone_into(&mut record.finished);
        Ok(Addition { record: Some(record), ledger, strategy: None })
    }

    /// The trials among `entries`, as those of `record`. Their returns are kept if they are of the epoch's own bars.
    fn counted_anew(&self, entries: Vec<Entry>, state: &State, record: &Record) -> Vec<Entry> {
        let ledger = state.ledger();
        let mut total = ledger.total();
        let trials = entries.into_iter().filter_map(|entry| match entry {
            Entry::Trial(trial) => Some(trial),
            _ => None,
        });
        let new = trials.filter(|trial| ledger.trial(&record.epoch, &trial.candidate).is_none());
        new.map(|trial| {
            total += trial.count;
            let returns = trial.returns.filter(|_| self.epoch == record.epoch);
            Entry::Trial(Trial { iteration: record.iteration, trial: total, returns, ..trial })
        })
        .collect()
    }

    fn unproposed(&self, asked: &Asked, now: &str) -> Record {
        let mut proposer = Proposer::default();
        proposer.book(&asked.owed());
        Record {
            parent: self.parent.clone(),
            proposer,
            waiting: self.hints.clone(),
            started: self.started.clone(),
            finished: now.to_owned(),
            ..Record::new(self.iteration, &self.epoch, Verdict::Abandoned, String::new())
        }
    }

    fn unevaluated(&self, proposal: &JournalProposal, now: &str) -> Record {
        Record {
            parent: self.parent.clone(),
            candidate: proposal.candidate_hash.clone(),
            proposer: proposal.proposer.clone(),
            hypothesis: proposal.hypothesis.clone(),
            expected: proposal.expected.clone(),
            idea: proposal.idea.clone(),
            waiting: proposal.waiting.clone(),
            edits: proposal.edits.clone(),
            started: self.started.clone(),
            finished: now.to_owned(),
            ..Record::new(self.iteration, &self.epoch, Verdict::Abandoned, String::new())
        }
    }
}

impl CommitIntent {
    /// The commit of a step.
    pub fn new(step: &Step, message: String, time_s: i64) -> Self {
        let files = step.changes.iter().map(|change| FileIntent {
            path: change.path,
            before: change.before.clone(),
            after: change.after.clone(),
            text: match change.path {
                StatePath::Strategy | StatePath::Status => Some(change.text.as_str().to_owned()),
                StatePath::History | StatePath::Segment(_) | StatePath::Ledger(_) => None,
            },
        });
        Self {
            message,
            time_s,
            record: step.line.clone(),
            ledger: step.ledger_lines.clone(),
            files: files.collect(),
        }
    }

    /// The record that is about to be committed, if there is one.
    ///
    /// # Errors
    /// A line that is no record.
    pub fn record(&self) -> Result<Option<Record>, StateError> {
        self.record.as_deref().map(|line| Record::parse(line, JOURNAL_PATH, 1)).transpose()
    }

    /// The entries of the ledger that are about to be committed.
    ///
    /// # Errors
    /// A line that is no entry.
    pub fn entries(&self) -> Result<Vec<Entry>, StateError> {
        self.ledger.iter().map(|line| Entry::parse(line, JOURNAL_PATH, 1)).collect()
    }

    /// Whether `state` holds what is about to be committed.
    ///
    /// # Errors
    /// Lines that are no record and entries.
    pub fn has_landed(&self, state: &State) -> Result<bool, StateError> {
        if let Some(record) = self.record()? {
            let found = state.history().records().get(record.iteration as usize);
            return Ok(found.is_some_and(|found| **found == record));
        }
        let entries = self.entries()?;
        let last = state.ledger().entries().rev().take(entries.len());
        Ok(!entries.is_empty() && last.eq(entries.iter().rev()))
    }

    /// Whether every file is in `state` what the commit replaces, so that the commit still fits.
    pub fn fits(&self, state: &State) -> bool {
        self.files.iter().all(|file| state.hash(file.path) == file.before.as_ref())
    }

    /// The files' new texts, given the state that the commit builds on.
    ///
    /// # Errors
    /// A text that comes out other than intended: the state isn't the one that was meant, or another
    /// version of the program wrote the journal.
    pub fn changes(&self, state: &State) -> Result<Vec<Change>, StateError> {
        let record = self.record.as_deref().unwrap_or_default();
        let rotates = self.files.iter().any(|file| matches!(file.path, StatePath::Segment(_)));
        let mut changes = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let before = file.before.clone();
            let to = |text: Text| Change::to(file.path, before.clone(), &text);
            let change = match (&file.text, file.path) {
                (Some(text), _) => Change::new(file.path, before.clone(), text.clone()),
                (None, StatePath::Segment(_)) => to(state.history().whole()),
                (None, StatePath::Ledger(number)) => {
                    to(state.ledger().regrown(number, &self.ledger))
                }
                (None, _) if rotates => to(History::only(record)),
                (None, _) => to(state.history().appended(record)),
            };
            if change.after != file.after {
                return Err(StateError::Journal {
                    message: format!("can't be finished: {} would not be as intended", file.path),
                });
            }
            changes.push(change);
        }
        Ok(changes)
    }
}

#[derive(Deserialize)]
struct Versioned {
    format: u32,
}

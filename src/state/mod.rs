//! What the loop knows, at rest: the record of every iteration, their summary, the trial ledger, the incumbent strategy
//! and the journal of the iteration under way.
//!
//! [`State`] is all of it, read and validated as one: a status or a ledger that disagrees with the history is an error,
//! never a guess. [`State::step`] says what one more record, or look at the holdout, does to the files, as values.
//!
//! Never touches a file, git, the clock or the network: it reads and makes texts.

mod bill;
mod blob;
mod content_hash;
mod copies;
mod error;
mod figures;
mod history;
mod journal;
pub mod ledger;
mod lines;
mod path;
mod pull_request;
mod record;
mod status;

pub use crate::strategy::Edit;
pub use bill::{Bill, UnknownUsd, Usd};
pub use blob::{Blob, Blobs};
pub use content_hash::ContentHash;
pub use copies::Copies;
pub use error::StateError;
pub use figures::Figures;
pub use history::{History, SEGMENT_BYTES, Segment};
pub use journal::{
    Asked, Change, CommitIntent, FileIntent, JOURNAL_FORMAT, JOURNAL_PATH, Journal,
    JournalProposal, Phase,
};
pub use ledger::Ledger;
pub use path::{StatePath, StatePathError};
pub use pull_request::{PullRequest, PullState, Waiting};
pub use record::{
    BY_A_PERSON, BenchmarkSummary, FITTED_PARTS, FitSummary, FoldSummary, GateOutcome, LuckSummary,
    Proposer, RECORD_FORMAT, REVIEWED_FORMAT, Record, RunRef, SpanSummary, Verdict,
};
pub use status::{
    DaySpend, HOLDOUT_LOOKS, Holdout, Incumbent, Label, Mark, Plateau, PlateauStage,
    REVIEWED_STATUS_FORMAT, STATUS_FORMAT, Spend, Status,
};

use std::collections::BTreeMap;

use ledger::Entry;
use lines::Text;

/// All files of `state/` of one commit, read and found consistent with each other.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    status: Option<Status>,
    history: History,
    ledger: Ledger,
    strategy: Option<String>,
    /// Of the files as committed, whatever their layout.
    hashes: BTreeMap<StatePath, ContentHash>,
}

/// What is to be added to the state at once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Addition {
    /// A record, if an iteration ended.
    pub record: Option<Record>,
    /// Entries of the ledger.
    pub ledger: Vec<Entry>,
    /// The strategy's text, if it changes.
    pub strategy: Option<String>,
}

/// What an addition does to the state: computed by [`State::step`], written by a repository, taken in by
/// [`State::apply`].
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is added.
    pub added: Addition,
    /// The record's line in history.json.
    pub line: Option<String>,
    /// The lines that the ledger gains.
    pub ledger_lines: Vec<String>,
    /// The files that change, with their whole new contents; history before status.
    pub changes: Vec<Change>,
    status: Status,
    history: Option<(Text, Option<Segment>)>,
    ledger: Option<(StatePath, Text)>,
}

impl State {
    /// Reads and validates the files of one commit. A repository without status and history (and
    /// without segments) is a fresh one: [`State::status`] is then `None`.
    ///
    /// # Errors
    /// A file that is no UTF-8, doesn't parse, has a newer format, or disagrees with the others: every
    /// [`StateError`] names the file, and needs a person.
    pub fn read(files: &Blobs) -> Result<Self, StateError> {
        Self::read_more(None, files)
    }

    /// Reads files of which this state was read before, or written since: the same as [`State::read`], but only lines that
    /// weren't there are parsed, and nothing where all hashes are the same.
    ///
    /// # Errors
    /// Those of [`State::read`].
    pub fn read_again(mut self, files: &Blobs) -> Result<Self, StateError> {
        let is_known = |(path, blob): (&StatePath, &Blob)| self.hash(*path) == Some(blob.hash());
        if self.hashes.len() == files.len() && files.iter().all(is_known) {
            self.ledger.is_read();
            return Ok(self);
        }
        Self::read_more(Some(self), files)
    }

    fn read_more(known: Option<Self>, files: &Blobs) -> Result<Self, StateError> {
        let status = text(files, StatePath::Status)?.map(Status::parse).transpose()?;
        let (before, known_history, known_ledger) = match known {
            Some(known) => (known.status, Some(known.history), Some(known.ledger)),
            None => (None, None, None),
        };
        let (history, kept) = read_history(known_history, status.as_ref(), files)?;
        match (&status, history.is_empty()) {
            (None, false) => return Err(StateError::Missing { path: StatePath::Status }),
            (Some(_), true) => return Err(StateError::Missing { path: StatePath::History }),
            _ => {}
        }
        let ledger = read_ledger(known_ledger, &history, files)?;
        if let Some(status) = &status {
            // What the records that were known gave, they still give.
            let before = before.zip(kept);
            status.must_agree(Status::derive_more(before, &history, &ledger)?)?;
        }
        let strategy = text(files, StatePath::Strategy)?.map(str::to_owned);
        let hash = |(path, blob): (&StatePath, &Blob)| {
            let known = || match path {
                StatePath::History => history.hash_of(blob),
                StatePath::Ledger(number) => ledger.hash_of(*number, blob),
                _ => None,
            };
            (*path, blob.hash_known(known).clone())
        };
        let hashes = files.iter().map(hash).collect();
        Ok(Self { status, history, ledger, strategy, hashes })
    }

    /// The summary; `None` before the first baseline.
    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// All records.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// All trials and looks.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The text of state/strategy.toml.
    pub fn strategy(&self) -> Option<&str> {
        self.strategy.as_deref()
    }

    /// The hash of a file as committed; `None` where the commit has no such file.
    pub fn hash(&self, path: StatePath) -> Option<&ContentHash> {
        self.hashes.get(&path)
    }

    /// The number of the next iteration; 0 for the first baseline.
    pub fn next_iteration(&self) -> u64 {
        self.history.len() as u64
    }

    /// What an addition does to the files. When history.json would pass `segment_bytes`, its older records become a
    /// segment.
    ///
    /// # Errors
    /// A record or an entry that doesn't follow from the state (number, epoch, trial), or that can't be written down
    /// exactly (a number that isn't finite); nothing to add before there is a record.
    pub fn step(&self, added: Addition, segment_bytes: usize) -> Result<Step, StateError> {
        let ledger = self.with_entries(&added)?;
        let entries = self.ledger.unwritten().into_iter().chain(&added.ledger);
        let ledger_lines = entries.map(Entry::to_line).collect::<Result<Vec<String>, _>>()?;
        let mut changes = Vec::with_capacity(5);
        let before = |path| self.hash(path).cloned();
        let grown = self.ledger.grow(&ledger_lines, ledger::LEDGER_BYTES);
        let of_ledger =
            |grown: &ledger::Grown| Change::to(grown.path, before(grown.path), &grown.text);
        changes.extend(grown.as_ref().map(of_ledger));
        let mut status = match &added.record {
            Some(record) => Status::after(self.status.as_ref(), record)?,
            None => self.status.clone().ok_or(StateError::Missing { path: StatePath::Status })?,
        };
        let line = added.record.as_ref().map(Record::to_line).transpose()?;
        let history = line.as_deref().map(|line| {
            let grown = self.history.grow(line, segment_bytes);
            let segment = grown.segment.map(|(segment, text)| {
                changes.push(Change::new(segment.file, before(segment.file), text));
                status.segments.push(segment.clone());
                segment
            });
            let path = StatePath::History;
            changes.push(Change::to(path, before(path), &grown.text));
            (grown.text, segment)
        });
        status.take_in(&ledger);
        let mut change = |path, text| changes.push(Change::new(path, before(path), text));
        change(StatePath::Status, status.to_text()?);
        if let Some(text) = added.strategy.as_deref().filter(|text| self.strategy() != Some(text)) {
            change(StatePath::Strategy, text.to_owned());
        }
        let ledger = grown.map(|grown| (grown.path, grown.text));
        Ok(Step { added, line, ledger_lines, changes, status, history, ledger })
    }

    /// The ledger with an addition's entries, all found to follow, and the record to agree with them.
    fn with_entries(&self, added: &Addition) -> Result<Ledger, StateError> {
        if let Some(record) = &added.record {
            self.history.check_next(record)?;
        }
        let mut ledger = self.ledger.clone();
        for entry in &added.ledger {
            ledger.check_next(entry)?;
            ledger.extend(entry.clone());
        }
        let (total, record) = (ledger.total(), added.record.as_ref());
        match record.and_then(|record| Some((record.iteration, record.trial?))) {
            Some((iteration, trial)) if trial != total => Err(StateError::Record {
                iteration,
                message: format!("its trial number is {trial}, expected {total}"),
            }),
            _ => Ok(ledger),
        }
    }

    /// The state after a step of this state has been committed.
    pub fn apply(&mut self, step: Step) {
        if let (Some(record), Some((text, segment))) = (step.added.record, step.history) {
            self.history.push(record, text, segment);
        }
        step.added.ledger.into_iter().for_each(|entry| self.ledger.extend(entry));
        if let Some((StatePath::Ledger(number), text)) = step.ledger {
            self.ledger.replace(number, text);
        }
        self.status = Some(step.status);
        if step.added.strategy.is_some() {
            self.strategy = step.added.strategy;
        }
        self.hashes.extend(step.changes.into_iter().map(|change| (change.path, change.after)));
    }
}

fn text(files: &Blobs, path: StatePath) -> Result<Option<&str>, StateError> {
    let shared = files.get(&path).map(|blob| blob.shared(path)).transpose()?;
    Ok(shared.map(|text| text.as_str()))
}

/// The history, and how many records were known before if all of them are still there.
fn read_history(
    known: Option<History>,
    status: Option<&Status>,
    files: &Blobs,
) -> Result<(History, Option<usize>), StateError> {
    let mut segments = Vec::new();
    for segment in status.map_or(&[][..], |status| &status.segments) {
        let path = segment.file;
        segments.push((segment.clone(), files.get(&path).ok_or(StateError::Missing { path })?));
    }
    let empty = Blob::from(lines::EMPTY);
    let current = files.get(&StatePath::History).unwrap_or(&empty);
    let Some(known) = known else { return Ok((History::parse(&segments, current)?, None)) };
    let had = known.len();
    let (history, kept) = known.parse_more(&segments, current)?;
    Ok((history, (kept == had).then_some(had)))
}

fn read_ledger(
    known: Option<Ledger>,
    history: &History,
    files: &Blobs,
) -> Result<Ledger, StateError> {
    let is_ledger = |path: &StatePath| matches!(path, StatePath::Ledger(_));
    let ledger = files.iter().filter(|(path, _)| is_ledger(path));
    let ledger: Vec<(StatePath, &Blob)> = ledger.map(|(path, blob)| (*path, blob)).collect();
    match known {
        Some(known) => known.parse_more(&ledger, history),
        None => Ledger::parse(&ledger, history),
    }
}

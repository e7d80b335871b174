//! What the loop knows, at rest: the record of every iteration, their summary, the incumbent strategy
//! and the journal of the iteration under way.
//!
//! [`State`] is all of it, read and validated as one: a status that disagrees with the history is an
//! error, never a guess. [`State::step`] says what one more record does to the files, as values.
//!
//! Never touches a file, git, the clock or the network: it reads and makes texts.

mod content_hash;
mod copies;
mod error;
mod history;
mod journal;
mod path;
mod record;
mod status;

pub use crate::strategy::Edit;
pub use content_hash::ContentHash;
pub use copies::Copies;
pub use error::StateError;
pub use history::{History, SEGMENT_BYTES, Segment};
pub use journal::{
    Change, CommitIntent, FileIntent, JOURNAL_FORMAT, JOURNAL_PATH, Journal, JournalProposal, Phase,
};
pub use path::{StatePath, StatePathError};
pub use record::{
    BenchmarkSummary, FITTED_PARTS, FitSummary, FoldSummary, GateOutcome, Proposer, RECORD_FORMAT,
    Record, RunRef, SpanSummary, UnknownUsd, Usd, Verdict,
};
pub use status::{
    HOLDOUT_LOOKS, Holdout, Incumbent, Mark, Plateau, PlateauStage, STATUS_FORMAT, Spend, Status,
};

use std::collections::BTreeMap;

/// All files of `state/` of one commit, read and found consistent with each other.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    status: Option<Status>,
    history: History,
    strategy: Option<String>,
    /// Of the files as committed, whatever their layout.
    hashes: BTreeMap<StatePath, ContentHash>,
}

/// What one more record does to the state: computed by [`State::step`], written by a repository, taken
/// in by [`State::apply`].
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The record.
    pub record: Record,
    /// Its line in history.json.
    pub line: String,
    /// The files that change, with their whole new contents; history before status.
    pub changes: Vec<Change>,
    status: Status,
    history_text: String,
    segment: Option<Segment>,
    strategy: Option<String>,
}

impl State {
    /// Reads and validates the files of one commit. A repository without status and history (and
    /// without segments) is a fresh one: [`State::status`] is then `None`.
    ///
    /// # Errors
    /// A file that is no UTF-8, doesn't parse, has a newer format, or disagrees with the others: every
    /// [`StateError`] names the file, and needs a person.
    pub fn read(files: &BTreeMap<StatePath, Vec<u8>>) -> Result<Self, StateError> {
        let text = |path: StatePath| -> Result<Option<&str>, StateError> {
            let Some(bytes) = files.get(&path) else { return Ok(None) };
            std::str::from_utf8(bytes).map(Some).map_err(|_| StateError::NotText { path })
        };
        let status = text(StatePath::Status)?.map(Status::parse).transpose()?;
        let segments = status.as_ref().map_or(&[][..], |status| &status.segments);
        let mut older = Vec::with_capacity(segments.len());
        for segment in segments {
            let path = segment.file;
            older.push((segment.clone(), text(path)?.ok_or(StateError::Missing { path })?));
        }
        let current = text(StatePath::History)?;
        let history = History::parse(&older, current.unwrap_or(history::EMPTY))?;
        match (&status, history.is_empty()) {
            (None, true) => {}
            (None, false) => return Err(StateError::Missing { path: StatePath::Status }),
            (Some(_), true) => return Err(StateError::Missing { path: StatePath::History }),
            (Some(status), false) => status.must_agree(&Status::derive(&history)?)?,
        }
        let strategy = text(StatePath::Strategy)?.map(str::to_owned);
        let hashes = files.iter().map(|(path, bytes)| (*path, ContentHash::of(bytes))).collect();
        Ok(Self { status, history, strategy, hashes })
    }

    /// The summary; `None` before the first baseline.
    pub fn status(&self) -> Option<&Status> {
        self.status.as_ref()
    }

    /// All records.
    pub fn history(&self) -> &History {
        &self.history
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

    /// What recording `record`, and with it the strategy text `strategy` if it changes, does to the
    /// files. When history.json would pass `segment_bytes`, its older records become a segment.
    ///
    /// # Errors
    /// A record that doesn't follow from the state (number, epoch, trial), or that can't be written
    /// down exactly (a number that isn't finite).
    pub fn step(
        &self,
        record: Record,
        strategy: Option<String>,
        segment_bytes: usize,
    ) -> Result<Step, StateError> {
        let line = record.to_line()?;
        self.history.check_next(&record)?;
        let mut status = Status::after(self.status.as_ref(), &record)?;
        let grown = self.history.grow(&line, segment_bytes);
        let mut changes = Vec::with_capacity(4);
        let mut change = |path: StatePath, text: &str| {
            changes.push(Change::new(path, self.hash(path).cloned(), text.to_owned()));
        };
        let segment = grown.segment.map(|(segment, text)| {
            change(segment.file, &text);
            status.segments.push(segment.clone());
            segment
        });
        change(StatePath::History, &grown.text);
        change(StatePath::Status, &status.to_text()?);
        if let Some(text) = strategy.as_deref().filter(|text| self.strategy() != Some(text)) {
            change(StatePath::Strategy, text);
        }
        Ok(Step { record, line, changes, status, history_text: grown.text, segment, strategy })
    }

    /// The state after a step of this state has been committed.
    pub fn apply(&mut self, step: Step) {
        self.history.push(step.record, step.history_text, step.segment);
        self.status = Some(step.status);
        if step.strategy.is_some() {
            self.strategy = step.strategy;
        }
        self.hashes.extend(step.changes.into_iter().map(|change| (change.path, change.after)));
    }
}

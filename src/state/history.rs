//! All records: history.json and the segments that its older records moved to.
//!
//! The text of history.json is `[`, one record per line separated by `,\n`, `]`. Growing it copies the
//! old bytes and adds one line; old lines are never parsed and written again.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::lines::{self, EMPTY, Text};
use super::{Blob, ContentHash, Record, StateError, StatePath, Verdict};

/// history.json moves its records to a segment rather than grow past this many bytes.
pub const SEGMENT_BYTES: usize = 5_000_000;

/// Highest trial number: whole numbers up to here are exact in every reader of JSON.
pub(super) const MOST_TRIALS: u64 = 1 << 53;

/// An immutable file of older records, as status.json lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Segment {
    /// The file, relative to the root.
    pub file: StatePath,
    /// First iteration in it.
    pub from: u64,
    /// Last iteration in it.
    pub to: u64,
    /// Number of records.
    pub records: u64,
    /// SHA-256 of the file.
    pub sha256: ContentHash,
}

/// The records of all iterations, in order and without gaps.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Shared by all who know the history: to copy it copies no record.
    records: Vec<Arc<Record>>,
    segments: Vec<Segment>,
    text: Text,
}

/// history.json after one more record, and the segment that this made, if any.
pub(super) struct Grown {
    pub(super) text: Text,
    pub(super) segment: Option<(Segment, String)>,
}

impl History {
    /// Reads the segments (as listed, with their files) and history.json.
    ///
    /// # Errors
    /// A line that is no record, a segment that isn't the listed one, a number that is missing or
    /// there twice.
    pub fn parse(segments: &[(Segment, &Blob)], current: &Blob) -> Result<Self, StateError> {
        let mut records = Vec::new();
        for (number, (segment, blob)) in segments.iter().enumerate() {
            let from = records.len() as u64;
            let text = blob.shared(segment.file)?;
            records.extend(lines::read(segment.file, text, Record::parse)?);
            check_segment(number, from, records.len() as u64, segment, blob)?;
        }
        // A person's empty array is as good as ours.
        let text = current.shared(StatePath::History)?;
        let text = match text.trim_end() {
            "[]" => Arc::new(EMPTY.to_owned()),
            _ => Arc::clone(text),
        };
        let archived = records.len();
        records.extend(lines::read(StatePath::History, &text, Record::parse)?);
        if archived > 0 && archived == records.len() {
            return Err(StateError::Missing { path: StatePath::History });
        }
        let segments = segments.iter().map(|(segment, _)| segment.clone()).collect();
        let kept = Vec::with_capacity(records.len());
        Self { records: kept, segments, text: Text::of(text) }.and(records)
    }

    /// Reads what [`History::parse`] does, of which this was read before, and says how many of its records are still
    /// there: only the others are parsed.
    ///
    /// # Errors
    /// Those of [`History::parse`].
    pub(super) fn parse_more(
        mut self,
        segments: &[(Segment, &Blob)],
        current: &Blob,
    ) -> Result<(Self, usize), StateError> {
        let is_known = |(at, (listed, blob)): (usize, &(Segment, &Blob))| {
            self.segments.get(at) == Some(listed) && *blob.hash() == listed.sha256
        };
        let same_segments =
            self.segments.len() == segments.len() && segments.iter().enumerate().all(is_known);
        let text = current.shared(StatePath::History)?;
        let more = match same_segments {
            true => lines::read_more(StatePath::History, self.text(), text, Record::parse)?,
            false => None,
        };
        let Some((kept, more)) = more else {
            return Self::parse(segments, current).map(|history| (history, 0));
        };
        let kept = self.archived() + kept;
        self.records.truncate(kept);
        self.text = self.text.followed_by(Arc::clone(text));
        self.and(more).map(|history| (history, kept))
    }

    /// How many records are in segments.
    fn archived(&self) -> usize {
        self.segments.last().map_or(0, |last| last.to as usize + 1)
    }

    /// With further records, all found to follow.
    fn and(mut self, records: Vec<Record>) -> Result<Self, StateError> {
        for record in records {
            self.check_next(&record)?;
            self.records.push(Arc::new(record));
        }
        Ok(self)
    }

    /// All records, oldest first; the index is the iteration number.
    pub fn records(&self) -> &[Arc<Record>] {
        &self.records
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The files of older records.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The text of history.json.
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    /// history.json as it is.
    pub(super) fn whole(&self) -> Text {
        self.text.clone()
    }

    /// The hash of history.json, if this is what it was read from.
    pub(super) fn hash_of(&self, blob: &Blob) -> Option<ContentHash> {
        self.text.hash_of(blob)
    }

    /// The hash of history.json.
    pub(super) fn hash(&self) -> ContentHash {
        self.text.hash()
    }

    /// The highest trial number; 0 before the first.
    pub fn trials(&self) -> u64 {
        // Trial numbers never fall, so the last one is the highest.
        self.records.iter().rev().find_map(|record| record.trial).unwrap_or(0)
    }

    /// Whether `record` can be the next one.
    pub(super) fn check_next(&self, record: &Record) -> Result<(), StateError> {
        let iteration = self.records.len() as u64;
        let refuse = |message: String| Err(StateError::Record { iteration, message });
        if record.iteration != iteration {
            return refuse(format!("its number is {}", record.iteration));
        }
        let starts_epoch = self.records.last().is_none_or(|last| last.epoch != record.epoch);
        if starts_epoch && record.verdict != Verdict::Baseline {
            return refuse("an epoch must start with a baseline".into());
        }
        if record.moves_incumbent() && record.candidate.is_none() {
            return refuse("it moves the incumbent but names no candidate".into());
        }
        if let Err(message) = record.check_pull_request() {
            return refuse(message);
        }
        match (record.trial, record.verdict) {
            (None, Verdict::Accepted) => refuse("it was accepted without a trial".into()),
            (Some(_), Verdict::Duplicate | Verdict::Invalid) => {
                refuse("a duplicate or invalid candidate is no trial".into())
            }
            // By how much it rises is the ledger's to say.
            (Some(trial), _) if trial < self.trials().max(1) || trial > MOST_TRIALS => {
                refuse(format!("its trial number is {trial}, after {}", self.trials()))
            }
            _ => Ok(()),
        }
    }

    /// The files after `line` was added, with a new segment if history.json would pass the bound.
    pub(super) fn grow(&self, line: &str, segment_bytes: usize) -> Grown {
        let room_for = self.text().len() + line.len() + 2;
        if self.text() != EMPTY && room_for > segment_bytes {
            let (segment, old) = self.archive();
            return Grown { text: Self::only(line), segment: Some((segment, old)) };
        }
        Grown { text: self.appended(line), segment: None }
    }

    /// history.json's text with one more line.
    pub(super) fn appended(&self, line: &str) -> Text {
        self.text.appended(&[line])
    }

    /// The text of a history.json that holds just `line`.
    pub(super) fn only(line: &str) -> Text {
        Text::empty().appended(&[line])
    }

    /// history.json as it is, as the next segment. Its bytes don't change, so git stores them once.
    pub(super) fn archive(&self) -> (Segment, String) {
        let from = self.segments.last().map_or(0, |last| last.to + 1);
        let records = self.records.len() as u64 - from;
        let segment = Segment {
            file: StatePath::Segment(self.segments.len() as u32),
            from,
            to: from + records.saturating_sub(1),
            records,
            sha256: self.hash(),
        };
        (segment, self.text().to_owned())
    }

    pub(super) fn push(&mut self, record: Record, text: Text, segment: Option<Segment>) {
        self.records.push(Arc::new(record));
        self.segments.extend(segment);
        self.text = text;
    }
}

fn check_segment(
    number: usize,
    from: u64,
    end: u64,
    segment: &Segment,
    blob: &Blob,
) -> Result<(), StateError> {
    let path = segment.file;
    let refuse = |message: String| Err(StateError::Segment { path, message });
    if path != StatePath::Segment(number as u32) {
        return refuse(format!("expected {} in its place", StatePath::Segment(number as u32)));
    }
    let found = blob.hash();
    if *found != segment.sha256 {
        return refuse(format!("its SHA-256 is {found}, expected {}", segment.sha256));
    }
    if end == from || (segment.from, segment.to, segment.records) != (from, end - 1, end - from) {
        return refuse(format!("it holds {} records from iteration {from} on", end - from));
    }
    Ok(())
}

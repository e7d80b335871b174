//! Names and hidden markers, as functions of the iteration: how the loop finds again what it made.
//!
//! A marker is an HTML comment in a body, which Markdown doesn't show. What is read of it is numbers and a
//! hash, never words.

use std::fmt;

/// Before the iteration in the name of a branch.
const BRANCH: &str = "sprag/iteration-";
/// Hexadecimal digits of a hash that a marker holds.
const MOST_HASH: usize = 64;

/// The branch of an iteration's candidate.
pub fn branch(iteration: u64) -> String {
    format!("{BRANCH}{iteration:06}")
}

/// The iteration that a branch is of, if it is one of the loop's.
pub fn iteration_of(branch: &str) -> Option<u64> {
    let iteration = branch.strip_prefix(BRANCH)?.parse().ok()?;
    // One spelling per branch.
    (self::branch(iteration) == branch).then_some(iteration)
}

/// Where a pull request adds its report.
pub fn report_path(iteration: u64) -> String {
    format!("state/reports/{iteration:06}.md")
}

/// Where its picture is.
pub fn picture_path(iteration: u64) -> String {
    format!("state/reports/{iteration:06}.svg")
}

/// Hidden in the body of a pull request: which record it shows, and of which candidate it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The iteration that the pull request is of.
    pub iteration: u64,
    /// The last record that was done to it.
    pub record: u64,
    /// Hash of the candidate of its iteration.
    pub origin: String,
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iteration, record, origin } = self;
        write!(f, "<!-- sprag: iteration {iteration}, record {record}, candidate {origin} -->")
    }
}

impl Receipt {
    /// The first one in a body.
    pub fn find(body: &str) -> Option<Self> {
        let (_, rest) = body.split_once("<!-- sprag: iteration ")?;
        let (iteration, rest) = rest.split_once(", record ")?;
        let (record, rest) = rest.split_once(", candidate ")?;
        let (origin, _) = rest.split_once(" -->")?;
        let is_hash = origin.len() <= MOST_HASH && origin.bytes().all(|b| b.is_ascii_hexdigit());
        Some(Self {
            iteration: iteration.parse().ok()?,
            record: record.parse().ok()?,
            origin: is_hash.then(|| origin.to_owned())?,
        })
    }
}

/// What a comment of the loop is about: there is one of each at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Marker {
    /// It tells of a record.
    Record(u64),
    /// It answers the comment with this id.
    Answer(u64),
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(record) => write!(f, "<!-- sprag: record {record} -->"),
            Self::Answer(comment) => write!(f, "<!-- sprag: answer {comment} -->"),
        }
    }
}

impl Marker {
    /// The first one in a comment.
    pub fn find(body: &str) -> Option<Self> {
        let (_, rest) = body.split_once("<!-- sprag: ")?;
        let (words, _) = rest.split_once(" -->")?;
        let (kind, number) = words.split_once(' ')?;
        let number = number.parse().ok()?;
        match kind {
            "record" => Some(Self::Record(number)),
            "answer" => Some(Self::Answer(number)),
            _ => None,
        }
    }
}

/// The trailer of a commit on a branch: which record it shows.
pub const RECORD_TRAILER: &str = "Sprag-Record: ";

/// The record that a commit of the loop on a branch shows; `None` for a person's.
pub fn record_of(message: &str) -> Option<u64> {
    let line = message.trim_end().lines().last()?;
    line.strip_prefix(RECORD_TRAILER)?.parse().ok()
}

//! The files of `state/` that a commit of the loop may hold. There is no way to name another file, so
//! nothing else can be swept into such a commit.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A committed file of `state/`, by its path relative to the repository's root.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(into = "String", try_from = "String")]
#[schemars(with = "String")]
pub enum StatePath {
    /// `state/strategy.toml`: the incumbent strategy.
    Strategy,
    /// `state/status.json`: the summary.
    Status,
    /// `state/history.json`: the newest records.
    History,
    /// `state/history/NNNN.json`: older records, never changed again.
    Segment(u32),
    /// `state/ledger/NNNN.json`: trials and looks; only the last file grows.
    Ledger(u32),
}

/// A path that is none of the files that the loop commits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a file of the loop: expected state/strategy.toml, state/status.json, \
     state/history.json, state/history/NNNN.json or state/ledger/NNNN.json"
)]
pub struct StatePathError(String);

impl StatePath {
    /// Folders below the root that hold these files.
    pub const FOLDERS: [&str; 3] = ["state", "state/history", "state/ledger"];

    /// The files that every repository may have; segments are listed by status.json, files of the ledger numbered from 0.
    pub const FIXED: [Self; 3] = [Self::Strategy, Self::Status, Self::History];
}

impl fmt::Display for StatePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strategy => f.pad("state/strategy.toml"),
            Self::Status => f.pad("state/status.json"),
            Self::History => f.pad("state/history.json"),
            Self::Segment(number) => write!(f, "state/history/{number:04}.json"),
            Self::Ledger(number) => write!(f, "state/ledger/{number:04}.json"),
        }
    }
}

impl FromStr for StatePath {
    type Err = StatePathError;

    fn from_str(text: &str) -> Result<Self, StatePathError> {
        if let Some(fixed) = Self::FIXED.into_iter().find(|path| path.to_string() == text) {
            return Ok(fixed);
        }
        let number = |folder: &str| -> Option<u32> {
            text.strip_prefix(folder)?.strip_suffix(".json")?.parse().ok()
        };
        number("state/history/")
            .map(Self::Segment)
            .or_else(|| number("state/ledger/").map(Self::Ledger))
            // One spelling per file: `7.json` or `+007.json` are not segment 7.
            .filter(|path| path.to_string() == text)
            .ok_or_else(|| StatePathError(text.to_owned()))
    }
}

impl TryFrom<String> for StatePath {
    type Error = StatePathError;

    fn try_from(text: String) -> Result<Self, StatePathError> {
        text.parse()
    }
}

impl From<StatePath> for String {
    fn from(path: StatePath) -> Self {
        path.to_string()
    }
}

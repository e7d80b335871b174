//! `sources.lock`: what was fetched from where, beside the data. It tells a file that was fetched from
//! one that a person put there, and a source that rewrote its past from one that went on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Its name in the data folder.
pub const FILE_NAME: &str = "sources.lock";

const FORMAT: u32 = 1;

/// What was fetched, by file name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    format: u32,
    /// One entry per file.
    pub files: BTreeMap<String, Entry>,
}

/// One fetched file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Where it came from; secrets are not in it.
    pub source: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Its bars.
    pub bars: usize,
    /// Time of the first bar.
    pub from: String,
    /// Time of the last bar.
    pub to: String,
    /// The server's name for this version, to ask whether there is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When the server says it was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// When it was fetched.
    pub fetched: String,
    /// SHA-256 of the file that this one takes the place of, while it does: a run that is killed then
    /// leaves the old file, which is no stranger's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

impl Default for Lock {
    fn default() -> Self {
        Self { format: FORMAT, files: BTreeMap::new() }
    }
}

impl Lock {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let lock: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if lock.format > FORMAT {
            return Err(format!("it has format {}; this program knows {FORMAT}", lock.format));
        }
        Ok(lock)
    }

    /// The file's text: one entry after the other by name, so that a diff shows what was fetched.
    pub fn text(&self) -> String {
        // Strings, numbers and maps with string keys can always be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

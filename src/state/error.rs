//! What can be wrong with the files of `state/`. Each message names the file, says what was expected
//! and how to mend it; `main` maps all of them to "state needs a person".

use super::StatePath;

const MEND: &str = "nothing was changed; `sprag doctor --rebuild` restores what the git log has of it, and keeps what \
                    is there now aside";

/// Files of `state/` that can't be understood or can't be continued.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StateError {
    /// A file that isn't text.
    #[error("{path} is not UTF-8 text; {MEND}")]
    NotText {
        /// The file.
        path: StatePath,
    },
    /// A file, or a line of it, that doesn't parse.
    #[error("{file}:{line}: {message}; {MEND}")]
    Syntax {
        /// The file, relative to the root.
        file: String,
        /// Line in the file, from 1.
        line: usize,
        /// What was found and expected.
        message: String,
    },
    /// A file that a newer version wrote.
    #[error(
        "{file}:{line}: format {found} is newer than {supported}, the newest that this version of \
         sprag knows; upgrade sprag (nothing was changed)"
    )]
    Newer {
        /// The file, relative to the root.
        file: String,
        /// Line in the file, from 1.
        line: usize,
        /// The file's format.
        found: u32,
        /// The newest known format.
        supported: u32,
    },
    /// One of status, history and its segments is there and another one isn't.
    #[error("{path} is missing or empty, but the other files of state/ expect it; {MEND}")]
    Missing {
        /// The missing file.
        path: StatePath,
    },
    /// status.json says something else than the history.
    #[error(
        "state/status.json disagrees with the history: `{key}` is {status}, but the records give \
         {history}; {MEND}"
    )]
    Disagree {
        /// Top-level key of status.json.
        key: String,
        /// What status.json says.
        status: String,
        /// What the records say.
        history: String,
    },
    /// A segment that isn't the file that status.json lists.
    #[error("{path} is not the file that state/status.json lists: {message}; {MEND}")]
    Segment {
        /// The segment.
        path: StatePath,
        /// The difference.
        message: String,
    },
    /// A record that can't follow the ones before it.
    #[error("iteration {iteration} can't stand in the history: {message}; {MEND}")]
    Record {
        /// The iteration number where it stands or should stand.
        iteration: u64,
        /// What is wrong with it.
        message: String,
    },
    /// Entries of the ledger that can't follow each other, or don't agree with the records.
    #[error("state/ledger: {message}; {MEND}")]
    Ledger {
        /// What is wrong.
        message: String,
    },
    /// A value that JSON can't hold exactly.
    #[error("iteration {iteration} can't be written down: {message}")]
    NotRepresentable {
        /// The iteration number.
        iteration: u64,
        /// What is wrong.
        message: String,
    },
    /// A journal that can't be read, or not be finished.
    #[error(
        "state/journal.json {message}; it holds the proposal of an unfinished iteration. To do \
         without that, move the file away and run again"
    )]
    Journal {
        /// What is wrong.
        message: String,
    },
}

//! What the loop won't touch, and what a person can do about it.

use std::fmt::Write;

use crate::state::{StateError, StatePath};

/// A file whose copy in index or work tree is neither HEAD's nor explained by the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub path: StatePath,
    /// Whether HEAD has it.
    pub in_head: bool,
    /// Whether the work tree has it.
    pub in_work: bool,
    /// The work tree is in order, only what is staged differs.
    pub staged_only: bool,
}

/// Why the loop doesn't start: it needs a person (exit code 3). Nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// Files of the loop were changed by somebody else.
    #[error("{}", describe(.0))]
    Edited(Vec<Difference>),
    /// HEAD has a history but no strategy.
    #[error(
        "state/strategy.toml is not in the last commit, but state/status.json has an incumbent; bring \
         it back with `git log --oneline -- state/strategy.toml` and \
         `git checkout <commit> -- state/strategy.toml`, then commit it"
    )]
    NoStrategy,
    /// The journal belongs to a history that isn't there.
    #[error(
        "state/journal.json holds a proposal for iteration {iteration}, but the last commit has no \
         history at all: perhaps another branch is checked out. Check out the branch it belongs to, \
         or move the file away to do without the proposal"
    )]
    Orphan {
        /// The iteration of the journal.
        iteration: u64,
    },
    /// The journal can't be finished.
    #[error(transparent)]
    State(StateError),
}

fn describe(differences: &[Difference]) -> String {
    let mut text = String::from(
        "files of the loop differ from the last commit, and no unfinished iteration explains it. They \
         were left alone:",
    );
    for difference in differences {
        let path = difference.path;
        let (found, mend) = if difference.path == StatePath::Strategy && difference.in_work {
            (
                "was edited but not committed",
                format!(
                    "commit it (`git add {path}`, `git commit`) and the next run scores it as an \
                     `external` iteration"
                ),
            )
        } else if difference.in_work {
            ("was edited", format!("keep a copy of it elsewhere (`cp {path} ..`) if you need it"))
        } else {
            ("was deleted", String::from("bring it back"))
        };
        let found = if difference.staged_only { "has staged changes" } else { found };
        let restore = match (difference.in_head, difference.staged_only) {
            (_, true) => format!("unstage with `git reset -- {path}`"),
            (true, false) => format!("restore it with `git checkout HEAD -- {path}`"),
            (false, false) => format!("move it away (the last commit has no {path})"),
        };
        // Writing to a string can't fail.
        let _ = write!(text, "\n  {path} {found}: {mend}, or {restore}");
    }
    text
}

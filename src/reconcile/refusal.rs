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
        // Writing to a string can't fail.
        let _ = write!(text, "\n  {} {}", difference.path, mend(difference));
    }
    text
}

/// What was found, and what to do about it.
fn mend(difference: &Difference) -> String {
    let Difference { path, in_head, in_work, staged_only } = *difference;
    let restore = format!("restore it with `git checkout HEAD -- {path}`");
    if staged_only {
        return format!("has staged changes; unstage them with `git reset -- {path}`");
    }
    match (path, in_work, in_head) {
        (StatePath::Strategy, true, _) => {
            let or = if in_head { format!(", or {restore}") } else { String::new() };
            format!(
                "was edited but not committed; commit it (`git add {path} && git commit`), and the \
                 next run scores it as an `external` iteration{or}"
            )
        }
        (_, true, true) => {
            format!("was edited; copy it elsewhere if you need your version, then {restore}")
        }
        (_, true, false) => "is not in the last commit; move it away".to_owned(),
        (_, false, _) => format!("was deleted; {restore}"),
    }
}

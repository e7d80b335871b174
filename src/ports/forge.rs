//! What the loop needs of a forge, where candidates are published as pull requests.
//!
//! Every effect may be repeated, and is done at most once: names and markers are functions of the iteration
//! (`src/review/names.rs`), a branch only moves forward from the commit that was seen, and
//! what is there already is left as it is. None of them is all or nothing together with another: what a run
//! leaves undone, the next one sees and does.

use std::collections::BTreeSet;

use super::RepositoryError;
use crate::review::{Marker, Seen};

/// A commit on the branch of an iteration, to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchPlan {
    /// The branch.
    pub branch: String,
    /// The commit that its head was seen at; `None` where the branch isn't there yet.
    pub from: Option<String>,
    /// The head of the base branch: the commit's tree is that one's with these files, so that nothing else
    /// differs. It is a parent, after `from`.
    pub base: String,
    /// The whole message.
    pub message: String,
    /// Paths from the repository's root, and their contents.
    pub files: Vec<(String, String)>,
}

/// What became of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum BranchOutcome {
    /// It is as planned, by this call or by an earlier one.
    Done {
        /// The commit that its head is at.
        commit: String,
    },
    /// There are commits on it that weren't seen, so nothing was done: the next look shows them.
    Moved,
}

/// A pull request as it should read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullPlan {
    /// The branch that it is of.
    pub branch: String,
    /// Its title.
    pub title: String,
    /// Its body in Markdown, with its [receipt](crate::review::Receipt).
    pub body: String,
    /// Labels that it has, besides those that people give it.
    pub labels: Vec<String>,
}

/// A forge: a place with a base branch and pull requests.
pub trait Forge {
    /// Everything about the loop's pull requests that are open, are of these iterations, or changed lately.
    ///
    /// # Errors
    /// See [`RepositoryError`].
    fn look(&self, about: &BTreeSet<u64>) -> Result<Seen, RepositoryError>;

    /// Creates a branch or moves it forward by one commit.
    ///
    /// # Errors
    /// See [`RepositoryError`]; a branch that has moved is [`BranchOutcome::Moved`].
    fn push(&self, plan: &BranchPlan) -> Result<BranchOutcome, RepositoryError>;

    /// Opens a pull request into the base branch, if there is none of the commit that its branch is at, and none that is open;
    /// its number. Its labels come with [`Forge::describe`].
    ///
    /// # Errors
    /// See [`RepositoryError`].
    fn open(&self, plan: &PullPlan) -> Result<u64, RepositoryError>;

    /// Gives a pull request a title, a body and labels.
    ///
    /// # Errors
    /// See [`RepositoryError`].
    fn describe(&self, number: u64, plan: &PullPlan) -> Result<(), RepositoryError>;

    /// Closes a pull request; it's no error if it is closed.
    ///
    /// # Errors
    /// See [`RepositoryError`].
    fn close(&self, number: u64) -> Result<(), RepositoryError>;

    /// Comments, if there is no comment of the loop with this marker, which goes with the body.
    ///
    /// # Errors
    /// See [`RepositoryError`].
    fn comment(&self, number: u64, marker: Marker, body: &str) -> Result<(), RepositoryError>;
}

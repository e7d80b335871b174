//! What a forge shows of the loop's pull requests.

use super::names::{Marker, Receipt};

/// What there is at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The branch that pull requests are merged into.
    pub base: Base,
    /// The loop's pull requests, each once, by iteration: those that are open, those that were asked about, and some that
    /// changed lately.
    pub pulls: Vec<Pull>,
}

/// The branch that pull requests are merged into.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Base {
    /// Its name.
    pub branch: String,
    /// The commit at its head.
    pub commit: String,
    /// Text of state/strategy.toml there.
    pub strategy: Option<String>,
    /// Where people see the repository, such as `https://github.com/owner/name`.
    pub page: String,
    /// The folder of the research in it: empty, or ending in a slash.
    pub folder: String,
}

/// Whether a pull request is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits.
    Open,
    /// It was merged.
    Merged,
    /// It was closed without a merge.
    Closed,
}

/// A pull request of the loop: one whose head is the branch of an iteration, in this very repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// The iteration that its branch names.
    pub iteration: u64,
    /// Its number.
    pub number: u64,
    /// Whether it is open.
    pub stage: Stage,
    /// When it was merged or closed, ISO-8601 UTC; empty while it is open.
    pub ended: String,
    /// Who merged or closed it, where the forge says so.
    pub ended_by: Option<String>,
    /// What its body says of itself; `None` where a person took that away.
    pub receipt: Option<Receipt>,
    /// The last commit of its branch; `None` where the branch is gone.
    pub tip: Option<Tip>,
    /// Comments and reviews with words, oldest first; only of those that are open or were asked about.
    pub comments: Vec<Comment>,
}

/// The last commit of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// Its id.
    pub commit: String,
    /// The record that it shows, if the loop made it; `None` for a person's.
    pub record: Option<u64>,
    /// Who made it, where the forge says so.
    pub author: Option<String>,
    /// Text of state/strategy.toml there.
    pub strategy: Option<String>,
    /// Text of that file where the branch left the base branch: where it is another one there by now, the two conflict.
    pub fork: Option<String>,
}

/// A comment, or a review with words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id at the forge; none for a review, which can't hold a command.
    pub id: Option<u64>,
    /// Who wrote it.
    pub author: String,
    /// Whether that one may write to the repository.
    pub writes: bool,
    /// Whether the loop wrote it: it holds a marker, and its author is a program or may write.
    pub marker: Option<Marker>,
    /// What it says.
    pub body: String,
}

impl Pull {
    /// Whether the loop has made this comment.
    pub fn has(&self, marker: Marker) -> bool {
        self.comments.iter().any(|comment| comment.marker == Some(marker))
    }

    /// What people with write access said, oldest first.
    pub fn said(&self) -> impl Iterator<Item = &Comment> {
        self.comments.iter().filter(|comment| comment.writes && comment.marker.is_none())
    }
}

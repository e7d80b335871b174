//! Where a file of `state/` is besides the commit.

use super::ContentHash;

/// A file of `state/` outside the commit: what the next `git commit` and the editor see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Copies {
    /// What is staged; `None` where nothing is.
    pub index: Option<ContentHash>,
    /// What is in the work tree; `None` where there is no file.
    pub work: Option<ContentHash>,
}

//! Branches that aren't checked out: where they are, and a commit on one of them that touches neither index nor work tree.

use std::path::Path;

use super::GitRepository;
use super::objects::Objects;
use super::process::{Call, failure};
use crate::ports::{CommitId, CommitOutcome, CommitPlan, Lock, RepositoryError};

/// The branch that HEAD is on, or another one.
pub(super) const HEAD: &str = "HEAD";

fn full(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

impl GitRepository {
    /// The commit that HEAD or a ref is at; `None` where there is none.
    ///
    /// # Errors
    /// Failures of git.
    pub fn commit_of(&self, name: &str) -> Result<Option<CommitId>, RepositoryError> {
        Ok(Objects::open(&self.git)?.get(name)?.map(|object| CommitId::new(object.id)))
    }

    /// The commit that a branch of this clone is at.
    ///
    /// # Errors
    /// Failures of git.
    pub fn branch(&self, branch: &str) -> Result<Option<CommitId>, RepositoryError> {
        self.commit_of(&full(branch))
    }

    /// Where a branch is checked out, if it is: in this work tree or another one.
    ///
    /// # Errors
    /// Failures of git.
    pub fn work_tree_of(&self, branch: &str) -> Result<Option<String>, RepositoryError> {
        let name = full(branch);
        let args = ["for-each-ref", "--format=%(worktreepath)", &name];
        let found = self.git.line(&Call { args: &args, ..Call::default() })?;
        Ok((!found.is_empty()).then_some(found))
    }

    /// Whether this work tree is the one with this top.
    pub fn is_at(&self, top: &str) -> bool {
        self.layout.top == Path::new(top)
    }

    /// Whether a commit is another one, or goes on from it.
    ///
    /// # Errors
    /// Failures of git.
    pub fn goes_on_from(
        &self,
        commit: &CommitId,
        earlier: &CommitId,
    ) -> Result<bool, RepositoryError> {
        let args = ["merge-base", "--is-ancestor", earlier.as_str(), commit.as_str()];
        let output = self.git.output(&Call { args: &args, ..Call::default() })?;
        match output.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(failure(&args, &output)),
        }
    }

    /// Makes a commit on a branch that isn't checked out, and moves the branch there from where it was seen.
    ///
    /// # Errors
    /// Failures of git; a branch that moved is [`CommitOutcome::Moved`].
    pub fn commit_on(
        &self,
        _: &Lock,
        branch: (&str, Option<&CommitId>),
        plan: &CommitPlan<'_>,
    ) -> Result<CommitOutcome, RepositoryError> {
        let (branch, seen) = branch;
        self.make_commit(&full(branch), seen, plan)
    }
}

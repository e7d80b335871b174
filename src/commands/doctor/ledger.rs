//! The branch with the records, where these have one of their own, as a clone at a desk has it: looked at and mended
//! without checking it out.

use crate::adapters::git::GitRepository;
use crate::commands::context::{Context, no_ledger};
use crate::commands::{Failure, target};
use crate::ports::{CommitId, CommitOutcome, CommitPlan, Lock, Snapshot};

/// The ledger's branch in a clone.
pub(super) struct Ledger {
    pub(super) branch: String,
    /// Where this clone's own branch is, if it has one.
    own: Option<CommitId>,
    /// The commit that the records are read from.
    pub(super) head: CommitId,
}

impl Ledger {
    /// The ledger's branch, where records are on one and it isn't what is checked out here; a workflow's folder holds what
    /// its run brought along.
    pub(super) fn of(
        context: &Context,
        repository: &GitRepository,
    ) -> Result<Option<Self>, Failure> {
        let Some(branch) = target::ledger(context).filter(|_| !target::follows(context)) else {
            return Ok(None);
        };
        if let Some(place) = repository.work_tree_of(&branch)? {
            return match repository.is_at(&place) {
                true => Ok(None),
                false => Err(Failure::usage(format!(
                    "the records are on branch {branch}, which is checked out in {place}: run it there"
                ))),
            };
        }
        let own = repository.branch(&branch)?;
        let theirs = repository.commit_of(&format!("refs/remotes/origin/{branch}"))?;
        let head = match (&own, theirs) {
            (None, None) => return Err(no_ledger(&branch)),
            (Some(own), None) => own.clone(),
            (None, Some(theirs)) => theirs,
            (Some(own), Some(theirs)) if repository.goes_on_from(&theirs, own)? => theirs,
            (Some(own), Some(theirs)) if repository.goes_on_from(own, &theirs)? => own.clone(),
            (Some(_), Some(_)) => {
                return Err(super::person(format!(
                    "branch {branch} of this clone and origin's went different ways: delete the one here \
                     (`git branch -D {branch}`) or have it go on from origin's, then run it again"
                )));
            }
        };
        Ok(Some(Self { branch, own, head }))
    }

    pub(super) fn snapshot(&self, repository: &GitRepository) -> Result<Snapshot, Failure> {
        let files = repository.files_at(self.head.as_str())?;
        let files = files.ok_or_else(|| no_ledger(&self.branch))?;
        Ok(Snapshot { head: Some(self.head.clone()), files, ..Snapshot::default() })
    }

    /// Makes a commit on the branch, from where its records were read.
    pub(super) fn commit(
        &self,
        repository: &GitRepository,
        lock: &Lock,
        plan: &CommitPlan<'_>,
    ) -> Result<CommitOutcome, Failure> {
        Ok(repository.commit_on(lock, (&self.branch, self.own.as_ref()), plan)?)
    }
}

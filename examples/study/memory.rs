//! A repository in memory, so that the real loop can run thousands of campaigns without a disk.

use std::cell::RefCell;

use sprag::ports::{
    CommitId, CommitOutcome, CommitPlan, Lock, Repository, RepositoryError, Snapshot,
};
use sprag::state::{Blob, Blobs, Copies, FileIntent, StatePath};

/// Files at HEAD; index and work tree are always the same.
#[derive(Default)]
pub struct Memory(RefCell<Snapshot>);

impl Memory {
    /// A repository whose one commit holds a strategy.
    pub fn with_strategy(text: &str) -> Self {
        let files = Blobs::from([(StatePath::Strategy, Blob::from(text))]);
        let head = Some(CommitId::new("0"));
        Self(RefCell::new(Snapshot { head, files, ..Snapshot::default() }))
    }

    /// The files of the loop at HEAD.
    pub fn files(&self) -> Blobs {
        self.0.borrow().files.clone()
    }
}

impl Repository for Memory {
    fn lock(&self) -> Result<Lock, RepositoryError> {
        Ok(Lock::holding((), Vec::new()))
    }

    fn observe(&self) -> Result<Snapshot, RepositoryError> {
        let mut snapshot = self.0.borrow().clone();
        let copy = |blob: &Blob| {
            let hash = Some(blob.hash().clone());
            Copies { index: hash.clone(), work: hash }
        };
        snapshot.copies = snapshot.files.iter().map(|(path, blob)| (*path, copy(blob))).collect();
        Ok(snapshot)
    }

    fn commit(&self, _: &Lock, plan: &CommitPlan<'_>) -> Result<CommitOutcome, RepositoryError> {
        let mut at = self.0.borrow_mut();
        if at.head.as_ref() != plan.base {
            return Ok(CommitOutcome::Moved { found: at.head.clone() });
        }
        let number: u64 = at.head.as_ref().and_then(|id| id.as_str().parse().ok()).unwrap_or(0);
        let id = CommitId::new((number + 1).to_string());
        at.files.extend(plan.changes.iter().map(|c| (c.path, Blob::from(c))));
        at.head = Some(id.clone());
        Ok(CommitOutcome::Landed(id))
    }

    fn check_out(&self, _: &Lock, _: &[FileIntent]) -> Result<Vec<StatePath>, RepositoryError> {
        Ok(Vec::new())
    }

    fn write_journal(&self, _: &Lock, text: &str) -> Result<(), RepositoryError> {
        self.0.borrow_mut().journal = Some(text.as_bytes().to_vec());
        Ok(())
    }

    fn clear_journal(&self, _: &Lock) -> Result<(), RepositoryError> {
        self.0.borrow_mut().journal = None;
        Ok(())
    }
}

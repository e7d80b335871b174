//! The folder that a run was started in, brought along: what comes after it in a workflow sees the state there.

use std::path::Path;

use super::GithubRepository;
use crate::adapters::files;
use crate::ports::RepositoryError;
use crate::state::{Blob, Blobs, FileIntent, StatePath};

fn io(doing: &'static str, path: &Path, error: std::io::Error) -> RepositoryError {
    RepositoryError::Io { doing, path: path.to_owned(), error }
}

impl GithubRepository {
    /// Writes the records of a branch of their own into a checkout of another, which has none. Copies of a person's are
    /// left alone.
    pub(super) fn bring(&self, read: &Blobs) -> Result<(), RepositoryError> {
        let before = self.files.borrow();
        let committed = self.committed()?;
        for (path, target) in read.iter().filter(|(path, _)| **path != StatePath::Strategy) {
            let file = self.local.root().join(path.to_string());
            let found = files::read(&file).map_err(|error| io("read", &file, error))?;
            let found = found.map(Blob::from);
            let is_ours = found.is_none()
                || found.as_ref() == committed.get(path)
                || found.as_ref() == before.get(path);
            if is_ours && found.as_ref() != Some(target) {
                files::write(&file, target).map_err(|error| io("write", &file, error))?;
            }
        }
        Ok(())
    }

    /// The loop's files in the commit that was checked out.
    fn committed(&self) -> Result<Blobs, RepositoryError> {
        match &self.local.head_id()? {
            Some(commit) => Ok(self.local.files_at(commit)?.unwrap_or_default()),
            None => Ok(Blobs::new()),
        }
    }

    /// Writes the files as the branch has them; a copy that is nobody's but a person's is left alone, which is no error:
    /// the truth is on GitHub.
    pub(super) fn follow(&self, intents: &[FileIntent]) -> Result<(), RepositoryError> {
        let committed = self.committed()?;
        let files = self.files.borrow();
        for intent in intents {
            let Some(target) = files.get(&intent.path) else { continue };
            let path = self.local.root().join(intent.path.to_string());
            let found = files::read(&path).map_err(|error| io("read", &path, error))?;
            let found = found.map(Blob::from);
            let hash = found.as_ref().map(Blob::hash);
            let is_ours = found.is_none()
                || found.as_ref() == committed.get(&intent.path)
                || hash == intent.before.as_ref()
                || hash == Some(&intent.after);
            if is_ours && found.as_ref() != Some(target) {
                files::write(&path, target).map_err(|error| io("write", &path, error))?;
            }
        }
        Ok(())
    }
}

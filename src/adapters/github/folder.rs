//! The folder that a run was started in, brought along: what comes after it in a workflow sees the state there.

use super::GithubRepository;
use crate::adapters::files;
use crate::ports::RepositoryError;
use crate::state::{ContentHash, FileIntent};

impl GithubRepository {
    /// Writes the files as the branch has them; a copy that is nobody's but a person's is left alone, which is no error:
    /// the truth is on GitHub.
    pub(super) fn follow(&self, intents: &[FileIntent]) -> Result<(), RepositoryError> {
        let started = self.local.head_id()?;
        let committed = match &started {
            Some(commit) => self.local.files_at(commit)?.unwrap_or_default(),
            None => Default::default(),
        };
        let files = self.files.borrow();
        for intent in intents {
            let Some(target) = files.get(&intent.path) else { continue };
            let path = self.local.root().join(intent.path.to_string());
            let io = |doing| {
                let path = path.clone();
                move |error| RepositoryError::Io { doing, path, error }
            };
            let found = files::read(&path).map_err(io("read"))?;
            let hash = found.as_deref().map(ContentHash::of);
            let is_ours = found.is_none()
                || found.as_ref() == committed.get(&intent.path)
                || hash == intent.before
                || hash.as_ref() == Some(&intent.after);
            if is_ours && found.as_ref() != Some(target) {
                files::write(&path, target).map_err(io("write"))?;
            }
        }
        Ok(())
    }
}

//! A new repository with everything in its folder as the first commit.

use std::ffi::OsStr;
use std::path::Path;

use super::GitRepository;
use super::process::{Call, Git};
use crate::ports::RepositoryError;

impl GitRepository {
    /// Makes a repository of a folder that is in none of its own yet, and commits all that is there.
    ///
    /// # Errors
    /// Failures of git or the disk.
    pub fn create(folder: &Path, message: &str) -> Result<Self, RepositoryError> {
        let init = ["init", "--quiet", "--initial-branch=main"];
        Git::new(folder)?.run(&Call { args: &init, ..Call::default() })?;
        let repository = Self::open(folder)?;
        let git = &repository.git;
        git.run(&Call { args: &["add", "--all"], ..Call::default() })?;
        let identity = repository.identity()?;
        let (name, email) = (OsStr::new(&identity.name), OsStr::new(&identity.email));
        let env = [
            ("GIT_AUTHOR_NAME", name),
            ("GIT_AUTHOR_EMAIL", email),
            ("GIT_COMMITTER_NAME", name),
            ("GIT_COMMITTER_EMAIL", email),
        ];
        let commit = ["commit", "--quiet", "--no-gpg-sign", "--message", message];
        git.run(&Call { args: &commit, env: &env, ..Call::default() })?;
        Ok(repository)
    }
}

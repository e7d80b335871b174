//! What earlier commits hold: which commit an iteration is, and program and data as they were then.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::GitRepository;
use super::objects::Objects;
use super::process::Call;
use crate::ports::{CommitId, RepositoryError};
use crate::state::{Blobs, StatePath};

/// Looks into commits; one process of git for any number of them.
pub struct Past<'g> {
    objects: Objects<'g>,
    prefix: &'g str,
}

impl GitRepository {
    /// The commits of iterations in the history of HEAD or of a commit, by what their messages say, as far as they are here.
    ///
    /// # Errors
    /// Failures of git.
    pub fn iterations(&self, of: &str) -> Result<BTreeMap<u64, CommitId>, RepositoryError> {
        let format = "--format=%H %(trailers:key=Sprag-Iteration,valueonly,separator=%x2C)";
        let args = ["log", "--reverse", format, of, "--", "state"];
        let log = self.git.run(&Call { args: &args, ..Call::default() })?;
        let line = |line: &str| {
            let (commit, number) = line.split_once(' ')?;
            Some((number.trim().parse().ok()?, CommitId::new(commit)))
        };
        Ok(String::from_utf8_lossy(&log).lines().filter_map(line).collect())
    }

    /// The commits that hold a state in the history of HEAD or of a commit, latest first, each with whether the loop made it
    /// by what its message says.
    ///
    /// # Errors
    /// Failures of git.
    pub fn state_commits(&self, of: &str) -> Result<Vec<(CommitId, bool)>, RepositoryError> {
        let format = "--format=%H %(trailers:key=Sprag-Iteration,valueonly,separator=%x2C)\
                      %(trailers:key=Sprag-Look,valueonly,separator=%x2C)\
                      %(trailers:key=Sprag-Rebuild,valueonly,separator=%x2C)";
        let args = ["log", format, of, "--", "state"];
        let log = self.git.run(&Call { args: &args, ..Call::default() })?;
        let line = |line: &str| {
            let (commit, trailers) = line.split_once(' ')?;
            Some((CommitId::new(commit), !trailers.trim().is_empty()))
        };
        Ok(String::from_utf8_lossy(&log).lines().filter_map(line).collect())
    }

    /// The latest commits of HEAD's history that changed one of these, at most so many, latest first.
    ///
    /// # Errors
    /// Failures of git.
    pub fn changes_of(
        &self,
        paths: &[&str],
        most: usize,
    ) -> Result<Vec<CommitId>, RepositoryError> {
        let most = format!("--max-count={most}");
        let mut args = vec!["log", "--format=%H", &most, "HEAD", "--"];
        args.extend(paths);
        let log = self.git.run(&Call { args: &args, ..Call::default() })?;
        Ok(String::from_utf8_lossy(&log).lines().map(CommitId::new).collect())
    }

    /// Whether older commits were left out when the repository was cloned.
    ///
    /// # Errors
    /// Failures of git.
    pub fn is_shallow(&self) -> Result<bool, RepositoryError> {
        let args = ["rev-parse", "--is-shallow-repository"];
        Ok(self.git.run(&Call { args: &args, ..Call::default() })?.starts_with(b"true"))
    }

    /// A look at what commits hold.
    ///
    /// # Errors
    /// A git that can't be started.
    pub fn past(&self) -> Result<Past<'_>, RepositoryError> {
        Ok(Past { objects: Objects::open(&self.git)?, prefix: &self.layout.prefix })
    }
}

impl Past<'_> {
    /// Id and content of a file below the root in a commit; `None` where there is none.
    ///
    /// # Errors
    /// Failures of git.
    pub fn file(
        &mut self,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<(String, Vec<u8>)>, RepositoryError> {
        let object = self.objects.get(&self.revision(commit, path))?;
        let blob = object.filter(|object| object.kind == "blob");
        Ok(blob.map(|object| (object.id, object.bytes)))
    }

    /// The files of the loop in a commit.
    ///
    /// # Errors
    /// Failures of git.
    pub fn state(&mut self, commit: &CommitId) -> Result<Blobs, RepositoryError> {
        let mut files = Blobs::new();
        for folder in StatePath::FOLDERS {
            for entry in self.objects.tree(&self.revision(commit, folder))? {
                let Ok(path) = format!("{folder}/{}", entry.name).parse() else { continue };
                if let Some((_, bytes)) = self.file(commit, &format!("{folder}/{}", entry.name))? {
                    files.insert(path, bytes.into());
                }
            }
        }
        Ok(files)
    }

    /// Id of a folder below the root in a commit, which is the same whenever its content is.
    ///
    /// # Errors
    /// Failures of git.
    pub fn folder(
        &mut self,
        commit: &CommitId,
        path: &str,
    ) -> Result<Option<String>, RepositoryError> {
        let object = self.objects.get(&self.revision(commit, path))?;
        Ok(object.filter(|object| object.kind == "tree").map(|object| object.id))
    }

    /// Writes the files of a folder, without those of folders in it, to the same place below `root`.
    ///
    /// # Errors
    /// Failures of git and of the disk.
    pub fn export(
        &mut self,
        commit: &CommitId,
        folder: &str,
        root: &Path,
    ) -> Result<(), RepositoryError> {
        let to = root.join(folder);
        let io = |error| RepositoryError::Io { doing: "write to", path: to.clone(), error };
        fs::create_dir_all(&to).map_err(io)?;
        for entry in self.objects.tree(&self.revision(commit, folder))? {
            // A name that leads elsewhere is none that git would have taken in.
            let is_file = entry.mode.starts_with("100") && !entry.name.contains('/');
            let Some((_, bytes)) =
                self.file(commit, &format!("{folder}/{}", entry.name))?.filter(|_| is_file)
            else {
                continue;
            };
            fs::write(to.join(&entry.name), bytes).map_err(io)?;
        }
        Ok(())
    }

    fn revision(&self, commit: &CommitId, path: &str) -> String {
        format!("{commit}:{}{path}", self.prefix)
    }
}

//! Makes a commit without touching the user's index or work tree: blobs, a temporary index, a tree, the
//! commit, and last the one step that can be seen, a compare-and-set of HEAD or a branch.

use std::ffi::OsStr;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::process::{Call, failure};
use super::{GitRepository, locks, path_text};
use crate::ports::{CommitId, CommitOutcome, CommitPlan, RepositoryError};

/// How often, and how long apart, a lock of another git is waited for.
pub(super) const TRIES: u32 = 20;
pub(super) const PAUSE: Duration = Duration::from_millis(50);

impl GitRepository {
    /// Makes a commit and moves HEAD or a branch to it, from where it was seen.
    pub(super) fn make_commit(
        &self,
        name: &str,
        seen: Option<&CommitId>,
        plan: &CommitPlan<'_>,
    ) -> Result<CommitOutcome, RepositoryError> {
        let scratch_dir = &self.layout.scratch;
        let io = |error| RepositoryError::Io {
            doing: "make a temporary folder in",
            path: scratch_dir.clone(),
            error,
        };
        std::fs::create_dir_all(scratch_dir).map_err(io)?;
        // Removed at the end; after a kill, by the next runner that takes the lock.
        let scratch = tempfile::tempdir_in(scratch_dir).map_err(io)?;
        let tree = self.write_tree(plan, scratch.path())?;
        let commit = self.write_commit(plan, &tree)?;
        self.move_ref((name, seen), plan, commit)
    }

    /// The parent's tree with the changes, as a tree object.
    fn write_tree(&self, plan: &CommitPlan<'_>, scratch: &Path) -> Result<String, RepositoryError> {
        let blobs = self.write_blobs(plan, scratch)?;
        let index = scratch.join("index");
        let env = [("GIT_INDEX_FILE", index.as_os_str())];
        if let Some(base) = plan.base {
            let args = ["read-tree", base.as_str()];
            self.git.run(&Call { args: &args, env: &env, ..Call::default() })?;
        }
        let entries: Vec<_> =
            plan.changes.iter().map(|change| change.path).zip(blobs.iter()).collect();
        let input = self.index_entries(entries.iter().map(|(path, blob)| (*path, blob.as_str())));
        let args = ["update-index", "--add", "-z", "--index-info"];
        self.git.run(&Call { args: &args, input: &input, env: &env })?;
        self.git.line(&Call { args: &["write-tree"], env: &env, ..Call::default() })
    }

    /// Writes the new contents as blobs, in the order of the changes.
    fn write_blobs(
        &self,
        plan: &CommitPlan<'_>,
        scratch: &Path,
    ) -> Result<Vec<String>, RepositoryError> {
        let mut names = String::new();
        for (number, change) in plan.changes.iter().enumerate() {
            let path = scratch.join(number.to_string());
            std::fs::write(&path, change.text.as_bytes()).map_err(|error| RepositoryError::Io {
                doing: "write",
                path: path.clone(),
                error,
            })?;
            names.push_str(path_text(&path)?);
            names.push('\n');
        }
        let args = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
        let ids = self.git.line(&Call { args: &args, input: names.as_bytes(), env: &[] })?;
        Ok(ids.lines().map(str::to_owned).collect())
    }

    fn write_commit(&self, plan: &CommitPlan<'_>, tree: &str) -> Result<CommitId, RepositoryError> {
        let mut args = vec!["commit-tree", tree];
        if let Some(base) = plan.base {
            args.extend(["-p", base.as_str()]);
        }
        let identity = self.identity()?;
        let date = format!("@{} +0000", plan.time_s);
        let date = OsStr::new(&date);
        let (name, email) = (OsStr::new(&identity.name), OsStr::new(&identity.email));
        let env = [
            ("GIT_AUTHOR_NAME", name),
            ("GIT_AUTHOR_EMAIL", email),
            ("GIT_AUTHOR_DATE", date),
            ("GIT_COMMITTER_NAME", name),
            ("GIT_COMMITTER_EMAIL", email),
            ("GIT_COMMITTER_DATE", date),
        ];
        let input = plan.message.as_bytes();
        Ok(CommitId::new(self.git.line(&Call { args: &args, input, env: &env })?))
    }

    fn move_ref(
        &self,
        (name, seen): (&str, Option<&CommitId>),
        plan: &CommitPlan<'_>,
        commit: CommitId,
    ) -> Result<CommitOutcome, RepositoryError> {
        let subject = plan.message.lines().next().unwrap_or_default();
        let reason = format!("sprag: {subject}");
        // An empty old value means that the branch must not exist yet.
        let before = seen.map_or("", CommitId::as_str);
        let args = ["update-ref", "-m", &reason, name, commit.as_str(), before];
        for remaining in (0..TRIES).rev() {
            let output = self.git.output(&Call { args: &args, ..Call::default() })?;
            let found =
                if output.status.success() { Some(commit.clone()) } else { self.commit_of(name)? };
            if found.as_ref() == Some(&commit) {
                return Ok(CommitOutcome::Landed(commit));
            }
            if found.as_ref() != seen {
                return Ok(CommitOutcome::Moved { found });
            }
            match locks::in_the_way(&self.layout) {
                // The lock that made it fail may be gone by now: try again before giving up.
                _ if remaining > 0 && names_a_lock(&output.stderr) => sleep(PAUSE),
                Some(path) => return Err(RepositoryError::Busy { path }),
                None => return Err(failure(&args, &output)),
            }
        }
        Err(RepositoryError::Busy { path: self.layout.git_dir.join("HEAD.lock") })
    }
}

pub(super) fn names_a_lock(stderr: &[u8]) -> bool {
    memchr::memmem::find(stderr, b".lock").is_some()
}

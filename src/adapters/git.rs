//! The local repository, by the `git` program.
//!
//! HEAD is the truth: state is read from its tree, and a commit moves it by compare-and-set. The user's
//! index and work tree follow afterwards, for the files of the commit only. Everything else of the user's
//! (dirty files, staged changes, untracked files, hooks, branches) is neither lost nor swept in.
//!
//! `docs/state.md` says what a kill at each point leaves behind. Never touches the network.

mod branches;
mod checkout;
mod commit;
mod create;
mod garbage;
mod locks;
mod objects;
mod observe;
mod past;
mod process;

pub use past::Past;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::adapters::files;
use crate::ports::{
    CommitId, CommitOutcome, CommitPlan, Lock, Repository, RepositoryError, Snapshot,
};
use crate::state::{FileIntent, JOURNAL_PATH, StatePath};
use process::{Call, Git};

/// Who commits where git has no name configured.
const FALLBACK_NAME: &str = "sprag";
const FALLBACK_EMAIL: &str = "sprag@localhost";

/// A research repository: a git work tree, or a folder inside of one.
#[derive(Debug)]
pub struct GitRepository {
    git: Git,
    layout: Layout,
    identity: OnceLock<Identity>,
}

/// Where things are.
#[derive(Debug)]
struct Layout {
    /// The research repository.
    root: PathBuf,
    /// Top of the work tree.
    top: PathBuf,
    /// Path of the root below the top: empty, or ending in `/`.
    prefix: String,
    /// HEAD, index and our lock: of this worktree.
    git_dir: PathBuf,
    /// Objects and refs: of all worktrees.
    common_dir: PathBuf,
    /// Our temporary index and blobs.
    scratch: PathBuf,
}

#[derive(Debug)]
struct Identity {
    name: String,
    email: String,
}

impl GitRepository {
    /// Opens the repository that `root` is in.
    ///
    /// # Errors
    /// A folder that is in no git work tree, or in one with a path that git's line protocols can't carry.
    pub fn open(root: &Path) -> Result<Self, RepositoryError> {
        let unusable = |message: &str| RepositoryError::Unusable {
            path: root.to_owned(),
            message: message.to_owned(),
        };
        let io = |error| RepositoryError::Io { doing: "open", path: root.to_owned(), error };
        let root = fs::canonicalize(root).map_err(io)?;
        let git = Git::new(&root)?;
        let args = [
            "rev-parse",
            "--is-inside-work-tree",
            "--absolute-git-dir",
            "--git-common-dir",
            "--show-toplevel",
            "--show-prefix",
        ];
        let output = git.output(&Call { args: &args, ..Call::default() })?;
        let said =
            String::from_utf8(output.stdout).map_err(|_| unusable("its path is no UTF-8"))?;
        if said.lines().next() == Some("false") {
            return Err(unusable("it is a bare repository or a git directory; use a work tree"));
        }
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let hint =
                if stderr.contains("not a git repository") { "; run `git init` there" } else { "" };
            return Err(unusable(&format!("{}{hint}", stderr.trim())));
        }
        let lines: Vec<&str> = said.split_terminator('\n').collect();
        let [_, git_dir, common_dir, top, prefix] = lines[..] else {
            return Err(unusable("its path holds a line break"));
        };
        let git_dir = PathBuf::from(git_dir);
        let layout = Layout {
            top: top.into(),
            prefix: prefix.to_owned(),
            // It may be relative to the folder that git ran in.
            common_dir: fs::canonicalize(root.join(common_dir)).map_err(io)?,
            scratch: git_dir.join("sprag"),
            git_dir,
            root,
        };
        Ok(Self { git, layout, identity: OnceLock::new() })
    }

    /// Where git keeps this repository: HEAD and index, objects and refs.
    pub fn git_dirs(&self) -> [&Path; 2] {
        [&self.layout.git_dir, &self.layout.common_dir]
    }

    /// The research repository's folder, absolute.
    pub fn root(&self) -> &Path {
        &self.layout.root
    }

    /// Path of the root below the top of the work tree: empty, or ending in `/`.
    pub fn prefix(&self) -> &str {
        &self.layout.prefix
    }

    /// The commit at HEAD.
    ///
    /// # Errors
    /// Failures of git.
    pub fn head_id(&self) -> Result<Option<String>, RepositoryError> {
        Ok(self.head()?.map(|head| head.as_str().to_owned()))
    }

    /// Which of these files and folders below the root differ from HEAD or are not in it. Ignored files
    /// don't count: their owner said so.
    ///
    /// # Errors
    /// Failures of git.
    pub fn uncommitted<'a>(&self, paths: &[&'a str]) -> Result<Vec<&'a str>, RepositoryError> {
        let mut differing = Vec::new();
        for path in paths {
            let args = ["status", "--porcelain", "--", path];
            if !self.git.run(&Call { args: &args, ..Call::default() })?.is_empty() {
                differing.push(*path);
            }
        }
        Ok(differing)
    }

    fn file(&self, path: StatePath) -> PathBuf {
        self.layout.root.join(path.to_string())
    }

    fn journal(&self) -> PathBuf {
        self.layout.root.join(JOURNAL_PATH)
    }

    fn head(&self) -> Result<Option<CommitId>, RepositoryError> {
        self.commit_of(branches::HEAD)
    }

    /// Entries for `git update-index -z --index-info`, which takes paths from the top of the work tree.
    fn index_entries<'a>(&self, files: impl Iterator<Item = (StatePath, &'a str)>) -> Vec<u8> {
        let prefix = &self.layout.prefix;
        files
            .map(|(path, blob)| format!("100644 {blob}\t{prefix}{path}\0"))
            .collect::<String>()
            .into_bytes()
    }

    /// Who commits: as configured, else a name that says it was the loop.
    fn identity(&self) -> Result<&Identity, RepositoryError> {
        if let Some(identity) = self.identity.get() {
            return Ok(identity);
        }
        // Without this setting git makes up an address from the machine's name.
        let args = ["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"];
        let output = self.git.output(&Call { args: &args, ..Call::default() })?;
        let said = String::from_utf8_lossy(&output.stdout);
        let configured = said.split_once(" <").and_then(|(name, rest)| {
            let (email, _) = rest.split_once('>')?;
            (!name.is_empty()).then(|| Identity { name: name.to_owned(), email: email.to_owned() })
        });
        let fallback =
            || Identity { name: FALLBACK_NAME.to_owned(), email: FALLBACK_EMAIL.to_owned() };
        Ok(self.identity.get_or_init(|| configured.unwrap_or_else(fallback)))
    }

    /// Removes what killed runs left in our own folders.
    fn sweep(&self) -> Result<(), RepositoryError> {
        let scratch = &self.layout.scratch;
        let io = |path: &Path| {
            let path = path.to_owned();
            move |error| RepositoryError::Io { doing: "clean up", path, error }
        };
        if scratch.exists() {
            fs::remove_dir_all(scratch).map_err(io(scratch))?;
        }
        for folder in StatePath::FOLDERS {
            let folder = self.layout.root.join(folder);
            files::sweep(&folder).map_err(io(&folder))?;
        }
        Ok(())
    }
}

impl Repository for GitRepository {
    fn lock(&self) -> Result<Lock, RepositoryError> {
        let held = locks::take(&self.layout.git_dir.join("sprag.lock"))?;
        self.refuse_links()?;
        self.sweep()?;
        Ok(Lock::holding(held, locks::clear_stale(&self.layout)?))
    }

    fn observe(&self) -> Result<Snapshot, RepositoryError> {
        self.look()
    }

    fn commit(&self, _: &Lock, plan: &CommitPlan<'_>) -> Result<CommitOutcome, RepositoryError> {
        self.make_commit(branches::HEAD, plan.base, plan)
    }

    fn check_out(&self, _: &Lock, files: &[FileIntent]) -> Result<Vec<StatePath>, RepositoryError> {
        self.bring_along(files)
    }

    fn write_journal(&self, _: &Lock, text: &str) -> Result<(), RepositoryError> {
        let path = self.journal();
        files::write(&path, text.as_bytes()).map_err(|error| RepositoryError::Io {
            doing: "write",
            path,
            error,
        })
    }

    fn clear_journal(&self, _: &Lock) -> Result<(), RepositoryError> {
        let path = self.journal();
        files::remove(&path).map_err(|error| RepositoryError::Io { doing: "remove", path, error })
    }

    fn tidy(&self, _: &Lock) -> Result<(), RepositoryError> {
        self.collect_garbage()
    }
}

fn path_text(path: &Path) -> Result<&str, RepositoryError> {
    path.to_str().ok_or_else(|| RepositoryError::Unusable {
        path: path.to_owned(),
        message: "its path is no UTF-8".to_owned(),
    })
}

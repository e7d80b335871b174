//! The repository on GitHub, through its interface: what is committed there is the truth.
//!
//! A commit moves the branch by compare-and-set from the head that was read. The journal is a branch of its own, so that
//! what was paid for survives the machine. The folder that a run was started in follows where it is a workflow's, and is
//! left alone where it is a person's.
//!
//! `docs/state.md` says what a kill at each point leaves behind. Never pushes by git, and never forces a branch.

mod access;
mod api;
mod commit;
mod folder;
mod journal;
mod observe;
mod pulls;

pub use pulls::GithubForge;

use std::cell::{Cell, RefCell};
use std::fmt;

use crate::adapters::git::GitRepository;
use crate::ports::{CommitOutcome, CommitPlan, Lock, Repository, RepositoryError, Snapshot};
use crate::state::{Blobs, FileIntent, JOURNAL_PATH, StatePath};
use access::Place;
use api::{Answer, Api};

/// How GitHub is reached.
#[derive(Clone)]
pub struct Connection {
    /// The REST interface, such as `https://api.github.com`.
    pub api_url: String,
    /// The GraphQL interface, such as `https://api.github.com/graphql`.
    pub graphql_url: String,
    /// The repository, as `owner/name`.
    pub repository: String,
    /// Never shown.
    pub token: String,
    /// Where the token came from, for messages.
    pub token_env: String,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.repository, self.api_url)
    }
}

/// What a run works on.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The branch; none is the repository's default branch.
    pub branch: Option<String>,
    /// The folder with the data, below the root, as program.md names it.
    pub data: String,
    /// Whether the work tree follows what is committed.
    pub follows: bool,
    /// Whether nothing is to be written, so that reading is all the token must be able to do.
    pub dry_run: bool,
    /// Whether the branch holds records only, so that program and data are those of another one.
    pub is_ledger: bool,
}

/// A research repository on GitHub, and the clone of it that a run was started in.
#[derive(Debug)]
pub struct GithubRepository {
    api: Api,
    local: GitRepository,
    connection: Connection,
    target: Target,
    place: Place,
    /// Whether GraphQL is there, as far as known.
    has_graphql: Cell<bool>,
    /// The journal's commit, as it was read or written last.
    journal: RefCell<Option<String>>,
    /// The files of the loop as they were read or committed last.
    files: RefCell<Blobs>,
}

impl GithubRepository {
    /// Asks GitHub for the repository that `local` is a clone of.
    ///
    /// # Errors
    /// A repository or a branch that the token doesn't reach, with what to do.
    pub fn open(
        local: GitRepository,
        connection: Connection,
        target: Target,
    ) -> Result<Self, RepositoryError> {
        let api = Api::new(&connection)?;
        let place = access::place(&api, &connection, target.branch.as_deref())?;
        Ok(Self {
            api,
            local,
            connection,
            target,
            place,
            has_graphql: Cell::new(true),
            journal: RefCell::default(),
            files: RefCell::default(),
        })
    }

    /// The clone that the run was started in.
    pub fn local(&self) -> &GitRepository {
        &self.local
    }

    /// The branch that is committed to.
    pub fn branch(&self) -> &str {
        &self.place.branch
    }

    /// An address below the repository's.
    fn path(&self, rest: &str) -> String {
        format!("/repos/{}/{rest}", self.connection.repository)
    }

    /// A file's path from the top of the repository.
    fn at_top(&self, path: impl fmt::Display) -> String {
        format!("{}{path}", self.local.prefix())
    }

    fn journal_path(&self) -> String {
        self.at_top(JOURNAL_PATH)
    }

    /// Where the repository and its branch are, for messages.
    fn named(&self) -> String {
        format!("{} of {} on GitHub", self.branch(), self.connection.repository)
    }

    /// A refusal in words: what was refused, and what to do about it where that is known.
    fn refused(&self, what: &str, answer: &Answer) -> RepositoryError {
        let words = self.api.words(answer);
        match access::is_protection(&words) {
            true if self.target.is_ledger => access::protected_own(self.branch(), &words),
            true => access::protected(self.branch(), &words),
            false => access::refused(&self.api, &self.connection, what, answer),
        }
    }
}

impl Repository for GithubRepository {
    fn lock(&self) -> Result<Lock, RepositoryError> {
        // Of runs on this machine; those elsewhere are told apart by compare-and-set.
        let lock = self.local.lock()?;
        if !self.target.dry_run {
            access::may_write(&self.api, &self.connection)?;
        }
        Ok(lock)
    }

    fn observe(&self) -> Result<Snapshot, RepositoryError> {
        self.look()
    }

    fn commit(&self, _: &Lock, plan: &CommitPlan<'_>) -> Result<CommitOutcome, RepositoryError> {
        self.land(plan)
    }

    fn check_out(&self, _: &Lock, files: &[FileIntent]) -> Result<Vec<StatePath>, RepositoryError> {
        if self.target.follows {
            self.follow(files)?;
        }
        Ok(Vec::new())
    }

    fn write_journal(&self, _: &Lock, text: &str) -> Result<(), RepositoryError> {
        self.put_journal(text)
    }

    fn clear_journal(&self, _: &Lock) -> Result<(), RepositoryError> {
        self.remove_journal()
    }
}

//! What the loop needs from the world, as traits: the rooms and the loop see these, `adapters` fill
//! them in, tests replace them by a world in memory.
//!
//! All of it is synchronous: an adapter that needs a runtime owns one.

mod forge;
mod trouble;

pub use forge::{BranchOutcome, BranchPlan, Forge, PullPlan};
pub use trouble::RepositoryError;

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::budget::Overdrawn;
use crate::propose::search::Judge;
use crate::propose::{Author, Disclosure, Proposal};
use crate::reconcile::Action;
use crate::review::{Due, Effect};
use crate::state::ledger::{Look, Outcome};
use crate::state::{Bill, Blobs, Change, Copies, FileIntent, Record, StateError, StatePath};

/// The world, as the loop is handed it.
pub struct Ports<'a> {
    /// Where state is kept.
    pub repository: &'a dyn Repository,
    /// Where candidates wait for review, if they do: what is accepted is then no incumbent before a person merged it.
    pub forge: Option<&'a dyn Forge>,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Who proposes.
    pub proposer: &'a mut dyn Proposer,
    /// Who watches.
    pub progress: &'a mut dyn Progress,
    /// Whether to stop before the next iteration, and why.
    pub stop: &'a dyn Fn() -> Option<Stop>,
}

/// Proposes changes.
pub trait Proposer {
    /// Whether it reads what is made for readers: in-sample diagnostics, which cost a backtest, and the
    /// ideas of people.
    fn reads(&self) -> bool {
        false
    }

    /// A change to the incumbent. What it costs is asked of the purse first.
    ///
    /// # Errors
    /// That it has nothing new to say, or failures of whatever it asks.
    fn propose(
        &mut self,
        disclosure: &Disclosure,
        aids: &mut Aids<'_>,
    ) -> Result<Proposal, ProposerError>;
}

/// What the loop lends to a proposer for one proposal.
pub struct Aids<'a> {
    /// Pays for calls.
    pub purse: &'a mut dyn Purse,
    /// Tells those who watch what takes so long.
    pub progress: &'a mut dyn Progress,
    /// Whether to stop waiting, and why.
    pub stop: &'a dyn Fn() -> Option<Stop>,
    /// How good a candidate is in-sample: all that may be tried before it is proposed.
    pub in_sample: &'a Judge<'a>,
}

/// Pays for calls: within the budgets, and so that no kill makes anybody forget what was paid.
pub trait Purse {
    /// Sets aside the most that a call can cost, durably, before it is made.
    ///
    /// # Errors
    /// [`PurseError::Overdrawn`] where a budget hasn't that much left.
    fn reserve(&mut self, most: &Bill) -> Result<Reservation, PurseError>;

    /// Books what the call did cost, in place of what was set aside for it.
    ///
    /// # Errors
    /// Failures of the repository.
    fn settle(&mut self, reservation: Reservation, actual: &Bill) -> Result<(), PurseError>;
}

/// What was set aside for one call.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a reservation that isn't settled is booked as spent"]
pub struct Reservation(pub usize);

/// Why a purse doesn't pay.
#[derive(Debug, thiserror::Error)]
pub enum PurseError {
    /// There isn't enough left.
    #[error("{0}")]
    Overdrawn(Overdrawn),
    /// What is paid couldn't be made durable.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// What is paid couldn't be written down.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Why a proposer couldn't propose.
#[derive(Debug, thiserror::Error)]
pub enum ProposerError {
    /// It has nothing new to say, which ends a run but is no failure.
    #[error("{0}")]
    Exhausted(String),
    /// It answered, and there is no change in the answer.
    #[error("{reason}")]
    Unreadable {
        /// Who answered.
        by: Author,
        /// What is wrong with the answer.
        reason: String,
    },
    /// It can't be asked now; later it may.
    #[error("the {kind} proposer can't be reached: {message}")]
    Unavailable {
        /// Which proposer.
        kind: &'static str,
        /// What went wrong.
        message: String,
    },
    /// It can't be asked as program.md and the environment have it.
    #[error("the {kind} proposer can't be asked: {message}")]
    Misconfigured {
        /// Which proposer.
        kind: &'static str,
        /// What is wrong and what to do.
        message: String,
    },
    /// The budget hasn't enough left.
    #[error("the budget is spent: {0}")]
    Spent(Overdrawn),
    /// What was paid couldn't be made durable.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// What was paid couldn't be written down.
    #[error(transparent)]
    State(#[from] StateError),
    /// Something that it asked failed.
    #[error("the {kind} proposer failed: {message}")]
    Failed {
        /// Which proposer.
        kind: &'static str,
        /// What went wrong.
        message: String,
    },
}

impl ProposerError {
    /// Whether it ends a run without being a failure: nobody has anything to say, or nothing is left to ask with.
    pub fn ends_a_run(&self) -> bool {
        matches!(self, Self::Exhausted(_) | Self::Spent(_))
    }
}

impl From<PurseError> for ProposerError {
    fn from(error: PurseError) -> Self {
        match error {
            PurseError::Overdrawn(overdrawn) => Self::Spent(overdrawn),
            PurseError::Repository(error) => Self::Repository(error),
            PurseError::State(error) => Self::State(error),
        }
    }
}

/// Watches a run.
pub trait Progress {
    /// Something happened.
    fn event(&mut self, event: &Event<'_>);
}

/// What a run tells those who watch.
#[derive(Debug)]
pub enum Event<'a> {
    /// Something is done before anything new.
    Reconciling(&'a Action),
    /// What a person did to a pull request is taken in.
    Reviewing(&'a Due),
    /// Something is done at the forge.
    Publishing(&'a Effect),
    /// An iteration starts.
    Started {
        /// Which of this run's iterations, from 1.
        number: u64,
        /// How many this run does.
        of: u64,
    },
    /// Something to know about the iteration under way: a retry, a fallback, a price nobody knows.
    Note(&'a str),
    /// Nothing has helped for so long that proposals become bolder: a stage of the plateau ladder began.
    Plateau {
        /// Iterations since the incumbent last moved.
        iterations: u64,
    },
    /// An iteration enters a phase.
    Phase(&'static str),
    /// An iteration ended.
    Recorded {
        /// Its record.
        record: &'a Record,
        /// The incumbent's score before it, in the same epoch.
        before: Option<f64>,
        /// Whether nothing was written.
        dry_run: bool,
    },
    /// A look at the holdout is about to be written down.
    Looking(&'a Look),
    /// A look at the holdout was taken.
    Looked(&'a Outcome),
    /// The run ends before all its iterations are done.
    Stopped(&'a Stop),
}

/// Why a run stops early. None of these is a failure.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// Ctrl-C or a signal.
    Interrupted,
    /// The stop file is there.
    File(String),
    /// Its time is up.
    Deadline,
    /// The campaign's trials are spent.
    Budget {
        /// How many there were.
        trials: u64,
    },
    /// A budget of tokens or money is spent.
    Spent(Overdrawn),
    /// Nothing has helped for so many iterations that scheduled runs slow down.
    Plateau {
        /// How many.
        iterations: u64,
    },
    /// The proposer has nothing new to say.
    Exhausted(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted"),
            Self::File(path) => write!(f, "the stop file {path} is there"),
            Self::Deadline => f.write_str("the deadline has passed"),
            Self::Budget { trials } => {
                write!(f, "the budget is spent: {trials} trials ([budget] trials in program.md)")
            }
            Self::Spent(overdrawn) => write!(f, "the budget is spent: {overdrawn}"),
            Self::Plateau { iterations } => write!(
                f,
                "nothing has helped for {iterations} iterations, so that a run does one: another idea, \
                 other data or another program may be due (-n N does more all the same)"
            ),
            Self::Exhausted(why) => write!(f, "the proposer has nothing new to say: {why}"),
        }
    }
}

/// Tells the time.
pub trait Clock {
    /// Now.
    fn now(&self) -> jiff::Timestamp;
}

/// The id of a commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitId(String);

impl CommitId {
    /// The id as its repository writes it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as its repository writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Proof that this process is the only runner on the repository. Dropped, or when the process dies, the
/// repository is free again.
pub struct Lock {
    /// Locks that a killed git had left behind and that were cleared, for the user to know.
    pub cleared: Vec<PathBuf>,
    _held: Box<dyn Any + Send>,
}

impl Lock {
    /// A proof that lives as long as `held`.
    pub fn holding(held: impl Any + Send, cleared: Vec<PathBuf>) -> Self {
        Self { cleared, _held: Box::new(held) }
    }
}

/// The repository at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// The commit at HEAD; `None` before the first one.
    pub head: Option<CommitId>,
    /// The files of the loop in that commit. This is the truth.
    pub files: Blobs,
    /// The same files elsewhere; a path is missing only if it is nowhere.
    pub copies: BTreeMap<StatePath, Copies>,
    /// A strategy in the work tree that HEAD doesn't have.
    pub new_strategy: Option<Vec<u8>>,
    /// The journal, if there is one.
    pub journal: Option<Vec<u8>>,
}

/// A commit to be made. By git, its id is a function of these values and of the configured identity; GitHub chooses
/// author and time, and so the id.
#[derive(Debug, Clone, PartialEq)]
pub struct CommitPlan<'a> {
    /// The commit that HEAD must be at, and the new commit's parent.
    pub base: Option<&'a CommitId>,
    /// The whole message.
    pub message: &'a str,
    /// Author and committer time in seconds since 1970-01-01T00:00:00Z.
    pub time_s: i64,
    /// The files that differ from the parent's; all others stay as they are there.
    pub changes: &'a [Change],
}

/// What became of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum CommitOutcome {
    /// HEAD is at the new commit.
    Landed(CommitId),
    /// HEAD was no longer at the base, so nothing happened: somebody else committed.
    Moved {
        /// Where HEAD is.
        found: Option<CommitId>,
    },
}

/// The repository that the loop works in.
///
/// Every effect is all or nothing and may be repeated. [`Repository::commit`] moves HEAD and nothing else;
/// [`Repository::check_out`] then brings the work tree and the index along.
pub trait Repository {
    /// Becomes the only runner, and clears what killed processes left behind.
    ///
    /// # Errors
    /// [`RepositoryError::Locked`] when there is another runner.
    fn lock(&self) -> Result<Lock, RepositoryError>;

    /// Looks at HEAD, the index, the work tree and the journal.
    ///
    /// # Errors
    /// A repository that can't be read, or is in the middle of something like a rebase.
    fn observe(&self) -> Result<Snapshot, RepositoryError>;

    /// Makes a commit and moves HEAD from the base to it, if HEAD is still there.
    ///
    /// # Errors
    /// Failures of the repository; a lost race is [`CommitOutcome::Moved`].
    fn commit(&self, lock: &Lock, plan: &CommitPlan<'_>) -> Result<CommitOutcome, RepositoryError>;

    /// Brings these files in work tree and index to what HEAD says, and returns those left alone: a
    /// copy that is neither the intended `before` nor `after` is a person's, and not touched.
    ///
    /// # Errors
    /// Failures of the repository or the disk; repeating it finishes the rest.
    fn check_out(
        &self,
        lock: &Lock,
        files: &[FileIntent],
    ) -> Result<Vec<StatePath>, RepositoryError>;

    /// Replaces the journal, durably.
    ///
    /// # Errors
    /// Failures of the disk.
    fn write_journal(&self, lock: &Lock, text: &str) -> Result<(), RepositoryError>;

    /// Removes the journal, durably; it's no error if there is none.
    ///
    /// # Errors
    /// Failures of the disk.
    fn clear_journal(&self, lock: &Lock) -> Result<(), RepositoryError>;

    /// Keeps the repository from growing more than its content does, if that is due.
    ///
    /// # Errors
    /// Failures of the repository; nothing is lost, and nothing depends on it.
    fn tidy(&self, _lock: &Lock) -> Result<(), RepositoryError> {
        Ok(())
    }
}

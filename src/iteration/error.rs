//! Why a run ends early, by what has to happen next.

use thiserror::Error;

use crate::canary::Report;
use crate::ports::{ProposerError, RepositoryError};
use crate::reconcile::Refusal;
use crate::review::Foreign;
use crate::score::ScoreError;
use crate::state::StateError;

/// Why a run ends early.
#[derive(Debug, Error)]
pub enum LoopError {
    /// The strategy file has errors. Nothing was recorded.
    #[error("{0}")]
    Strategy(String),
    /// A dry run met half-done work.
    #[error(
        "an earlier run left an iteration half-done; a dry run can't finish it: run `sprag iterate -n 0` first"
    )]
    Unfinished,
    /// There is no strategy to start from.
    #[error("state/strategy.toml is missing; `sprag init` writes one to start from")]
    NoStrategy,
    /// The state needs a person.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The state can't be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// Files of the loop changed under its hands.
    #[error(
        "{0} changed while an iteration was being finished, and was left alone; \
         `git status` shows it, and the next run says what to do"
    )]
    LeftAlone(String),
    /// The repository failed.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// A pull request belongs to another history.
    #[error(transparent)]
    Foreign(#[from] Foreign),
    /// Somebody else committed meanwhile.
    #[error(
        "the branch moved again and again while iterations were being recorded; the next run continues"
    )]
    Moved,
    /// The proposer failed.
    #[error(transparent)]
    Proposer(#[from] ProposerError),
    /// The evaluation gave a number that isn't one.
    #[error("the evaluation can't be scored: {0}")]
    Score(#[from] ScoreError),
    /// A canary failed: no number of this build is to be believed. Nothing was recorded.
    #[error(
        "a canary failed, which is a bug of this program and not of a strategy: nothing was evaluated, and \
         nothing was recorded; please report it with the output of `sprag canaries`\n{0}"
    )]
    Canary(Report),
    /// Something that can't be.
    #[error("this should be impossible: {0}; please report it")]
    Bug(&'static str),
}

/// How a process should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A bug or an unexpected failure: exit code 1.
    Failure,
    /// Usage or configuration: exit code 2.
    Configuration,
    /// The state needs a person: exit code 3.
    NeedsPerson,
    /// Transient, the next run continues: exit code 75.
    Transient,
}

impl LoopError {
    /// How the process should end.
    pub fn ending(&self) -> Ending {
        match self {
            Self::Strategy(_) | Self::NoStrategy | Self::Unfinished => Ending::Configuration,
            Self::Refused(_) | Self::State(_) | Self::LeftAlone(_) | Self::Foreign(_) => {
                Ending::NeedsPerson
            }
            Self::Moved => Ending::Transient,
            Self::Repository(error) => of_repository(error),
            Self::Proposer(error) => of_proposer(error),
            Self::Score(_) | Self::Canary(_) | Self::Bug(_) => Ending::Failure,
        }
    }
}

fn of_repository(error: &RepositoryError) -> Ending {
    match error {
        RepositoryError::Unusable { .. } | RepositoryError::Forbidden { .. } => {
            Ending::Configuration
        }
        RepositoryError::UnderWay { .. } => Ending::NeedsPerson,
        RepositoryError::Locked { .. }
        | RepositoryError::Busy { .. }
        | RepositoryError::TimedOut { .. }
        | RepositoryError::Unreachable { .. }
        | RepositoryError::RateLimited { .. }
        | RepositoryError::Outdated { .. } => Ending::Transient,
        RepositoryError::Git { .. }
        | RepositoryError::Io { .. }
        | RepositoryError::Unexpected { .. } => Ending::Failure,
    }
}

fn of_proposer(error: &ProposerError) -> Ending {
    match error {
        ProposerError::Unavailable { .. } => Ending::Transient,
        ProposerError::Misconfigured { .. } => Ending::Configuration,
        ProposerError::Repository(error) => of_repository(error),
        ProposerError::State(_) => Ending::NeedsPerson,
        // The loop takes these in: none of them ends a run as an error.
        ProposerError::Exhausted(_)
        | ProposerError::Unreadable { .. }
        | ProposerError::Spent(_)
        | ProposerError::Failed { .. } => Ending::Failure,
    }
}

//! A failed command: what to say and how the process ends.

use anyhow::anyhow;

use crate::adapters::data_files::DataError;
use crate::backtest::SplitError;
use crate::check::Flaw;
use crate::iteration::{Ending, LoopError};
use crate::ports::RepositoryError;
use crate::program::ProgramError;

/// A message for people, and an exit code for scripts.
#[derive(Debug)]
pub struct Failure {
    /// What went wrong, with its causes.
    pub error: anyhow::Error,
    /// How the process ends.
    pub ending: Ending,
}

impl Failure {
    /// Wrong usage or configuration: exit code 2.
    pub fn usage(message: impl std::fmt::Display) -> Self {
        Self { error: anyhow!("{message}"), ending: Ending::Configuration }
    }

    /// A bug or an unexpected failure: exit code 1.
    pub fn unexpected(error: anyhow::Error) -> Self {
        Self { error, ending: Ending::Failure }
    }

    /// 1 failure, 2 usage or configuration, 3 needs a person, 75 transient.
    pub fn code(&self) -> u8 {
        match self.ending {
            Ending::Failure => 1,
            Ending::Configuration => 2,
            Ending::NeedsPerson => 3,
            Ending::Transient => 75,
        }
    }
}

impl From<LoopError> for Failure {
    fn from(error: LoopError) -> Self {
        Self { ending: error.ending(), error: error.into() }
    }
}

impl From<RepositoryError> for Failure {
    fn from(error: RepositoryError) -> Self {
        LoopError::from(error).into()
    }
}

impl From<crate::state::StateError> for Failure {
    fn from(error: crate::state::StateError) -> Self {
        LoopError::from(error).into()
    }
}

macro_rules! configuration {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::usage(error)
            }
        })*
    };
}

configuration!(ProgramError, DataError, SplitError, Flaw);

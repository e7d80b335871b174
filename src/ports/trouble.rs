//! Why a repository couldn't do what it was asked, and what that means for the run.

use std::path::PathBuf;

/// Why a repository couldn't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// The folder is in no git repository that can be used.
    #[error("{path} can't be used as a research repository: {message}", path = path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// Why, and what to do.
        message: String,
    },
    /// Another `sprag` is at work.
    #[error("another sprag is at work on this repository ({holder} holds {path})", path = path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, as far as known.
        holder: String,
    },
    /// Another git holds a lock.
    #[error(
        "another git is at work on this repository: {path} exists. The next run goes on from here; \
         if no git is running, remove that file",
        path = path.display()
    )]
    Busy {
        /// The lock file.
        path: PathBuf,
    },
    /// A rebase, merge or the like is under way.
    #[error("a {what} is under way in this repository; finish or abort it, then run again")]
    UnderWay {
        /// What is under way.
        what: String,
    },
    /// A git command failed.
    #[error("`{command}` failed ({status}): {stderr}")]
    Git {
        /// The command.
        command: String,
        /// How it ended.
        status: String,
        /// What it said.
        stderr: String,
    },
    /// A git command took too long and was stopped.
    #[error("`{command}` was stopped after {seconds} s without an end")]
    TimedOut {
        /// The command.
        command: String,
        /// The bound.
        seconds: u64,
    },
    /// GitHub is out of reach, or wants to be left alone for a while.
    #[error("GitHub can't be reached now: {message}; the next run continues")]
    Unreachable {
        /// What went wrong.
        message: String,
    },
    /// The requests that GitHub grants an hour are used up.
    #[error(
        "the rate limit of this token for GitHub is used up; there are new requests {until}, and the next run \
         after that continues"
    )]
    RateLimited {
        /// When that changes: `at` and a time, or the like.
        until: String,
    },
    /// What the run works with is no longer what is there, or another run does its work.
    #[error("{message}")]
    Outdated {
        /// What has changed.
        message: String,
    },
    /// GitHub refuses, and will go on to until somebody changes a setting, a token or a permission.
    #[error("{message}")]
    Forbidden {
        /// What was refused, and what to do.
        message: String,
    },
    /// GitHub answered what nobody expected.
    #[error("GitHub answered {status} to a request {what}: {message}")]
    Unexpected {
        /// Its status.
        status: u16,
        /// What was asked.
        what: String,
        /// What it said.
        message: String,
    },
    /// A file couldn't be read or written.
    #[error("can't {doing} {path}: {error}", path = path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

impl RepositoryError {
    /// Whether running again later is all it takes (exit code 75).
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Locked { .. }
                | Self::Busy { .. }
                | Self::TimedOut { .. }
                | Self::Unreachable { .. }
                | Self::RateLimited { .. }
                | Self::Outdated { .. }
        )
    }

    /// Whether a person has to do something in the repository first (exit code 3).
    pub fn needs_a_person(&self) -> bool {
        matches!(self, Self::UnderWay { .. })
    }
}

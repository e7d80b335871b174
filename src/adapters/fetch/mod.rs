//! Fetches data files: downloads that go on where they broke off, checked before they replace anything.
//!
//! What is half there lies in `.fetch` in the data folder, which git is told to ignore; what was fetched
//! is remembered in `sources.lock`. A file changes as a whole or not at all.

mod download;
mod install;
mod klines;
mod partial;

use std::cell::Cell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files;
use super::http::{self, Answer, Backoff, Http, HttpError};
use crate::market::{Finding, MAX_FILE_BYTES, TimeMs, Zone};
use crate::sources::address::{self, AddressError};
use crate::sources::lock::{self, Lock};
use crate::sources::{Order, Origin};

/// The folder for what is half there.
const WORKSHOP: &str = ".fetch";

/// How patiently is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Between two requests that follow each other.
    pub pause: Duration,
    /// Before the first repetition; each further one waits about twice as long, by chance a bit more.
    pub first_wait: Duration,
    /// The longest wait, unless the server asks for more.
    pub longest_wait: Duration,
    /// Repetitions without any progress.
    pub repetitions: usize,
    /// The longest wait that a server may ask for: after that it is for another run.
    pub longest_asked: Duration,
    /// Most bytes of a file.
    pub most_bytes: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            pause: Duration::from_millis(250),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
            repetitions: 6,
            longest_asked: Duration::from_secs(120),
            most_bytes: MAX_FILE_BYTES,
        }
    }
}

/// What is said while it goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// So much of a file has come.
    Bytes {
        /// The symbol.
        symbol: &'a str,
        /// Bytes there are, earlier ones included.
        done: u64,
        /// Bytes there will be, if the server says.
        total: Option<u64>,
    },
    /// So many bars have come.
    Bars {
        /// The symbol.
        symbol: &'a str,
        /// Bars of this fetch.
        done: usize,
        /// Time of the last one.
        last: TimeMs,
    },
    /// Something went wrong and will be tried again.
    Waiting {
        /// The symbol.
        symbol: &'a str,
        /// What went wrong, or why it waits.
        why: String,
        /// How long.
        wait: Duration,
    },
}

/// What became of one order.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetched {
    /// The file.
    pub path: PathBuf,
    /// Whether it was written; else it had all there is.
    pub is_new: bool,
    /// Its bars.
    pub bars: usize,
    /// Bars that weren't there before.
    pub added: usize,
    /// Times of the first and the last bar.
    pub span: Option<(TimeMs, TimeMs)>,
    /// What a look at the file found.
    pub warnings: Vec<Finding>,
}

/// Why a file was not fetched. What was there before is there still.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address asks for something that isn't there.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The server can't be reached, or broke off.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server's answer is a refusal or a failure.
    #[error("the server answered {status}: {text}")]
    Status {
        /// The status code.
        status: u16,
        /// When to come back, if it says.
        retry_after: Option<Duration>,
        /// The beginning of what it says.
        text: String,
    },
    /// The file is larger than any that could be read.
    #[error("the file has more than {most} bytes, the most that is read")]
    TooLarge {
        /// The limit.
        most: u64,
    },
    /// The source has nothing under this name.
    #[error("{0}")]
    NoData(String),
    /// The source wants to be left alone for a while.
    #[error("{0}; try again later")]
    TooMany(String),
    /// What came is no data, or has errors.
    #[error("what came can't be used: {0}")]
    Unusable(String),
    /// The file has another checksum than program.md says.
    #[error("the file has SHA-256 {found}, and `sha256` of its source says {expected}")]
    Checksum {
        /// What program.md says.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// The source changed bars that are there already.
    #[error(
        "the source rewrote its past: {0}; look at it, then fetch with --replace to take it over"
    )]
    Rewritten(String),
    /// The file that is there was not fetched, or was changed since.
    #[error(
        "{0} was not fetched from this source or was changed since; fetch with --replace to overwrite it"
    )]
    Foreign(String),
    /// Another fetch is at work in this folder.
    #[error("another fetch is at work in {0}")]
    Busy(String),
    /// The disk.
    #[error("{place}: {message}")]
    Disk {
        /// The file or folder.
        place: String,
        /// What the system said.
        message: String,
    },
}

impl FetchError {
    /// Whether another run may go well without anybody's doing.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Http(error) => error.is_transient(),
            Self::Status { status, .. } => http::is_transient(*status),
            Self::TooMany(_) | Self::Busy(_) => true,
            _ => false,
        }
    }

    /// Whether a person has to decide what is right.
    pub fn needs_person(&self) -> bool {
        matches!(self, Self::Rewritten(_) | Self::Foreign(_))
    }

    /// A server may repeat in its answer what it was asked.
    fn without(self, secrets: &[String]) -> Self {
        match self {
            Self::Status { status, retry_after, text } => {
                Self::Status { status, retry_after, text: address::without(&text, secrets) }
            }
            Self::Unusable(text) => Self::Unusable(address::without(&text, secrets)),
            other => other,
        }
    }

    fn refused(answer: &Answer) -> Self {
        let Answer { status, retry_after, .. } = *answer;
        Self::Status { status, retry_after, text: answer.words() }
    }

    /// When the server wants to be asked again.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    fn disk(place: &Path, error: &impl ToString) -> Self {
        Self::Disk { place: place.display().to_string(), message: error.to_string() }
    }
}

/// Fetches into one data folder.
pub struct Fetcher<'a> {
    http: &'a Http,
    folder: PathBuf,
    zone: Zone,
    patience: Patience,
    is_forced: bool,
    lock: Lock,
    /// What must not be shown of what is being fetched.
    secrets: Vec<String>,
    now: &'a dyn Fn() -> TimeMs,
    variable: &'a dyn Fn(&str) -> Option<String>,
    report: &'a dyn Fn(&Event<'_>),
    // Held as long as this lives: the system lets go of it when the process ends, however it does.
    _guard: File,
}

/// What a fetcher is given of the world.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The client.
    pub http: &'a Http,
    /// The time.
    pub now: &'a dyn Fn() -> TimeMs,
    /// The environment's variables, for secrets.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Is told how it goes.
    pub report: &'a dyn Fn(&Event<'_>),
}

impl<'a> Fetcher<'a> {
    /// Prepares a folder. With `is_forced`, files that were changed here or upstream are overwritten.
    ///
    /// # Errors
    /// A folder that can't be written to, one in which another fetch is at work, or a `sources.lock` that
    /// can't be read.
    pub fn new(
        world: World<'a>,
        folder: &Path,
        zone: &Zone,
        patience: Patience,
        is_forced: bool,
    ) -> Result<Self, FetchError> {
        let workshop = folder.join(WORKSHOP);
        fs::create_dir_all(&workshop).map_err(|error| FetchError::disk(&workshop, &error))?;
        let ignore = workshop.join(".gitignore");
        fs::write(&ignore, "*\n").map_err(|error| FetchError::disk(&ignore, &error))?;
        let guard = workshop.join("lock");
        let guard = File::create(&guard).map_err(|error| FetchError::disk(&guard, &error))?;
        if guard.try_lock().is_err() {
            return Err(FetchError::Busy(folder.display().to_string()));
        }
        let path = folder.join(lock::FILE_NAME);
        let lock = match files::read(&path).map_err(|error| FetchError::disk(&path, &error))? {
            Some(bytes) => Lock::read(&bytes).map_err(|error| FetchError::disk(&path, &error))?,
            None => Lock::default(),
        };
        Ok(Self {
            http: world.http,
            folder: folder.into(),
            zone: zone.clone(),
            patience,
            is_forced,
            lock,
            secrets: Vec::new(),
            now: world.now,
            variable: world.variable,
            report: world.report,
            _guard: guard,
        })
    }

    /// Fetches one file, or what is new of it.
    ///
    /// # Errors
    /// What is wrong; the file is then as it was.
    pub fn fetch(&mut self, order: &Order) -> Result<Fetched, FetchError> {
        let (Origin::File { url: address, .. } | Origin::Klines { base: address, .. }) =
            &order.origin;
        self.secrets = address::secrets(address, self.variable);
        let result = self.obey(order);
        result.map_err(|error| error.without(&self.secrets))
    }

    fn obey(&mut self, order: &Order) -> Result<Fetched, FetchError> {
        match &order.origin {
            Origin::File { url, sha256, of_stooq } => {
                let address = Address::of(url, self.variable)?;
                self.file(&order.symbol, &address, sha256.as_deref(), *of_stooq)
            }
            Origin::Klines { base, ticker, interval, from, to } => {
                let address = Address::of(base, self.variable)?;
                let wanted = klines::Wanted {
                    symbol: &order.symbol,
                    ticker,
                    interval: *interval,
                    from: *from,
                    to: *to,
                };
                self.klines(&address, &wanted)
            }
        }
    }

    /// The files that may hold a symbol.
    fn places(&self, symbol: &str) -> [PathBuf; 2] {
        ["csv", "parquet"].map(|ending| self.folder.join(format!("{symbol}.{ending}")))
    }

    /// Does something again and again until it goes well, fails for good, or patience is at its end.
    /// `progress` says how far it came: as long as that grows, patience begins anew.
    fn persist<T>(
        &self,
        symbol: &str,
        progress: &Cell<u64>,
        mut attempt: impl FnMut() -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let Patience { first_wait, longest_wait, repetitions, longest_asked, .. } = self.patience;
        let waits = || Backoff::between(first_wait, longest_wait, repetitions);
        let mut left = waits();
        loop {
            let before = progress.get();
            let error = match attempt() {
                // What the source said in words is for another run.
                Err(error @ (FetchError::Http(_) | FetchError::Status { .. }))
                    if error.is_transient() =>
                {
                    error
                }
                result => return result,
            };
            if progress.get() > before {
                left = waits();
            }
            let Some(wait) = left.next(error.retry_after()).filter(|wait| *wait <= longest_asked)
            else {
                return Err(error);
            };
            let why = address::without(&error.to_string(), &self.secrets);
            (self.report)(&Event::Waiting { symbol, why, wait });
            self.pause(wait);
        }
    }

    /// Waits; a signal ends the process, and what is there by then is kept.
    fn pause(&self, wait: Duration) {
        self.http.wait(wait, &|| false);
    }
}

/// An address as it is asked, and as it may be shown.
struct Address {
    real: String,
    shown: String,
}

impl Address {
    fn of(address: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, AddressError> {
        Ok(Self { real: address::fill_in(address, variable)?, shown: address::shown(address) })
    }
}

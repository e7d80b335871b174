//! The one HTTP client: bounded in time, quiet about secrets, and frank about what may be tried again.
//!
//! Addresses never show in its errors: they may hold keys. Proxies are those of the environment
//! (`HTTPS_PROXY`, `NO_PROXY`), roots of trust those of the system. Knows nothing of what is sent.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode};
use tokio::runtime::{Builder, Runtime};

/// Bounds on one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub read: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(15), read: Duration::from_secs(30) }
    }
}

/// Most of an error's answer that is read, and shown.
const MOST_OF_AN_ERROR: usize = 64 << 10;
const SHOWN_OF_AN_ERROR: usize = 200;
const MOST_REDIRECTS: usize = 10;

/// Why there is no answer, or none that helps. Messages never hold the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The client can't be set up.
    #[error("the HTTP client can't be set up: {0}")]
    Setup(String),
    /// The address is none.
    #[error("the address can't be used: {0}")]
    Address(String),
    /// The connection failed or broke off.
    #[error("the connection failed: {0}")]
    Connection(String),
    /// Nothing came for too long.
    #[error("the server didn't answer in time")]
    Timeout,
    /// The server's answer is a refusal or a failure.
    #[error("the server answered {status}{}", said(text))]
    Status {
        /// The status code.
        status: u16,
        /// When to come back, if it says.
        retry_after: Option<Duration>,
        /// The beginning of the answer.
        text: String,
    },
    /// The answer is larger than it may be.
    #[error("the answer has more than {most} bytes")]
    TooLarge {
        /// The limit.
        most: u64,
    },
}

impl HttpError {
    /// Whether the same request may go well another time.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Timeout => true,
            // 418 is how Binance says that its 429 was ignored.
            Self::Status { status, .. } => matches!(status, 408 | 418 | 425 | 429 | 500..=599),
            Self::Setup(_) | Self::Address(_) | Self::TooLarge { .. } => false,
        }
    }

    /// When the server wants to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn said(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// A client, and what its requests run on.
#[derive(Debug)]
pub struct Http {
    client: Client,
    runtime: Runtime,
}

impl Http {
    /// Sets the client up; `is_direct` leaves the proxies of the environment aside.
    ///
    /// # Errors
    /// A system that has no roots of trust, sockets or timers.
    pub fn new(timeouts: Timeouts, is_direct: bool) -> Result<Self, HttpError> {
        // Once per process; whoever came first chose the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("sprag/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .redirect(Policy::custom(follow));
        if is_direct {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| HttpError::Setup(words(&error)))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| HttpError::Setup(error.to_string()))?;
        Ok(Self { client, runtime })
    }

    /// Asks for an address; an answer of any status is one.
    ///
    /// # Errors
    /// An address that is none, and connections that fail.
    pub fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Reply<'_>, HttpError> {
        let mut request = self.client.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.runtime.block_on(request.send()).map_err(|error| error_of(&error))?;
        Ok(Reply { runtime: &self.runtime, response })
    }

    /// Waits.
    pub fn pause(&self, duration: Duration) {
        self.runtime.block_on(tokio::time::sleep(duration));
    }
}

/// Follows some redirects, but none from a protected connection to an open one.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let from = attempt.previous().last().map(|url| url.scheme().to_owned());
    if attempt.previous().len() > MOST_REDIRECTS {
        attempt.error("too many redirects")
    } else if from.as_deref() == Some("https") && attempt.url().scheme() != "https" {
        attempt.error("a redirect from https to http")
    } else {
        attempt.follow()
    }
}

/// An answer, whose body is read piece by piece.
#[derive(Debug)]
pub struct Reply<'a> {
    runtime: &'a Runtime,
    response: Response,
}

impl Reply<'_> {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A header's value, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// How long the body says it is.
    pub fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next piece of the body.
    ///
    /// # Errors
    /// A body that breaks off.
    pub fn piece(&mut self) -> Result<Option<Bytes>, HttpError> {
        self.runtime.block_on(self.response.chunk()).map_err(|error| error_of(&error))
    }

    /// The whole body.
    ///
    /// # Errors
    /// A body that breaks off, or is longer than `most`.
    pub fn body(mut self, most: usize) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        while let Some(piece) = self.piece()? {
            if body.len() + piece.len() > most {
                return Err(HttpError::TooLarge { most: most as u64 });
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// The answer as an error, with the beginning of what it says.
    pub fn into_error(self) -> HttpError {
        let status = self.status();
        let retry_after = retry_after(self.response.headers());
        let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let body = self.body(MOST_OF_AN_ERROR).unwrap_or_default();
        let text = first_words(&body).or_else(|| reason.map(str::to_owned)).unwrap_or_default();
        HttpError::Status { status, retry_after, text }
    }
}

/// The beginning of a body that a person can read; nothing of a page made for a browser.
fn first_words(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_readable = !text.is_empty() && !text.starts_with('<');
    is_readable.then(|| {
        let kept = text.chars().filter(|c| !c.is_control());
        kept.take(SHOWN_OF_AN_ERROR).collect()
    })
}

/// `Retry-After`: seconds, or a date by the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = date(text)?;
    let now = date(headers.get(DATE)?.to_str().ok()?)?;
    let wait = then.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
}

/// A date as HTTP writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|time| time.timestamp())
}

fn error_of(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() {
        HttpError::Timeout
    } else if error.is_builder() {
        HttpError::Address(words(error))
    } else {
        HttpError::Connection(words(error))
    }
}

/// What an error and its causes say, without the address.
fn words(error: &reqwest::Error) -> String {
    // The error itself would name the address; its causes don't.
    let mut cause = std::error::Error::source(error);
    let mut words: Vec<String> = Vec::new();
    while let Some(error) = cause {
        words.push(error.to_string());
        cause = error.source();
    }
    words.dedup();
    if words.is_empty() { "no reason was given".into() } else { words.join(": ") }
}

//! HTTP: requests and bounded answers. The only place that knows the client library.
//!
//! Every step has a bound on time, every answer one on bytes. Addresses and headers never show in errors,
//! since they may hold keys. What failed says whether the request may have been received, which decides
//! what it may have cost, and whether another try may go well; trying again is the caller's business, and
//! [`Backoff`] says how long to wait. Proxies are those of the environment (`HTTPS_PROXY`, `NO_PROXY`), roots of
//! trust those of the system. Knows nothing of what is sent.

use std::time::Duration;

use backon::BackoffBuilder as _;
use bytes::Bytes;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{ClientBuilder, Response, StatusCode};
use tokio::runtime::{Builder, Runtime};

/// Who asks.
const USER_AGENT: &str = concat!("sprag/", env!("CARGO_PKG_VERSION"));
/// First wait before a retry, and the longest one that nobody asked for.
const SHORTEST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// More than a day is a way to say never.
const LONGEST_RETRY_AFTER: u64 = 86_400;
/// Bytes of an answer that are kept before what it says about its length is believed.
const FIRST_BYTES: usize = 64 << 10;
/// Most of a refusal that is read, and that is shown.
const MOST_OF_A_REFUSAL: usize = 64 << 10;
const SHOWN_OF_A_REFUSAL: usize = 200;
const MOST_REDIRECTS: usize = 10;

/// Bounds on one request for a file.
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

/// A request with a JSON body.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The address.
    pub url: &'a str,
    /// Headers besides the usual ones. Values are never logged.
    pub headers: &'a [(&'a str, String)],
    /// The body.
    pub body: String,
    /// Bound on the whole exchange.
    pub timeout: Duration,
    /// Bound on a pause within an answer that has begun: what began and stands still will not end.
    pub pause: Duration,
    /// Most bytes of the answer.
    pub most_bytes: usize,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long it asks to wait.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The beginning of the body that a person can read, or what the status means where the body is empty
    /// or a page made for a browser.
    pub fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() || text.starts_with('<') {
            let status = StatusCode::from_u16(self.status).ok();
            return status.and_then(|status| status.canonical_reason()).unwrap_or_default().into();
        }
        text.chars().filter(|c| !c.is_control()).take(SHOWN_OF_A_REFUSAL).collect()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The request can't be made as it is.
    #[error("{0}")]
    Unusable(String),
    /// No connection was had: the request was not received.
    #[error("no connection: {0}")]
    NotSent(String),
    /// The request was sent, and no whole answer came back.
    #[error("the answer broke off: {0}")]
    Lost(String),
    /// The answer is longer than it may be.
    #[error("the answer has more than {0} bytes")]
    TooLong(usize),
}

impl HttpError {
    /// Whether the same request may go well another time.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::NotSent(_) | Self::Lost(_))
    }
}

/// Whether the same request may be answered otherwise another time. 418 is how Binance says that its 429
/// was ignored.
pub fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 418 | 425 | 429 | 500..=599)
}

/// A client for a library that makes requests of its own: the same as [`Http::new`]'s, with a bound on the whole
/// exchange.
///
/// # Errors
/// A system without certificates.
pub fn client(connect_timeout: Duration, timeout: Duration) -> Result<reqwest::Client, HttpError> {
    client_with(connect_timeout, |builder| builder.timeout(timeout).redirect(Policy::none()))
}

fn client_with(
    connect_timeout: Duration,
    more: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, HttpError> {
    // Once per process: whoever came first chose the same, and any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(connect_timeout)
        // Who asks decides what is repeated.
        .retry(reqwest::retry::never());
    more(builder).build().map_err(|error| HttpError::Unusable(said(&error)))
}

/// What a failed exchange means, where another library wraps it up.
pub fn in_causes(error: &(dyn std::error::Error + 'static)) -> Option<HttpError> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            return Some(failed(error));
        }
        cause = error.source();
    }
    None
}

/// A client, and what its requests run on.
#[derive(Debug)]
pub struct Http {
    client: reqwest::Client,
    runtime: Runtime,
}

impl Http {
    /// A client for interfaces: no redirect is followed, since a key must not travel to another host.
    ///
    /// # Errors
    /// A system without certificates, sockets or timers.
    pub fn new(connect_timeout: Duration) -> Result<Self, HttpError> {
        Self::build(connect_timeout, |builder| builder.redirect(Policy::none()))
    }

    /// A client for files: some redirects are followed, but none from a protected connection to an open
    /// one. `is_direct` leaves the proxies of the environment aside.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn for_files(timeouts: Timeouts, is_direct: bool) -> Result<Self, HttpError> {
        Self::build(timeouts.connect, |builder| {
            let builder = builder.read_timeout(timeouts.read).redirect(Policy::custom(follow));
            if is_direct { builder.no_proxy() } else { builder }
        })
    }

    fn build(
        connect_timeout: Duration,
        more: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, HttpError> {
        let client = client_with(connect_timeout, more)?;
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| HttpError::Unusable(format!("can't start a runtime: {error}")))?;
        Ok(Self { client, runtime })
    }

    /// Asks for an address; an answer of any status is one. Its body is read piece by piece.
    ///
    /// # Errors
    /// An address that is none, redirects that lead nowhere, and connections that fail.
    pub fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Reply<'_>, HttpError> {
        let request = headers
            .iter()
            .fold(self.client.get(url), |request, (name, value)| request.header(*name, *value));
        // Inside the runtime even to begin with: a bound on time is a timer of it.
        let response = self.runtime.block_on(async { request.send().await });
        let response = response.map_err(|error| failed(&error))?;
        Ok(Reply { runtime: &self.runtime, response })
    }

    /// Sends a request and reads its answer, whatever its status.
    ///
    /// # Errors
    /// See [`HttpError`].
    pub fn post(&self, request: &Request<'_>) -> Result<Answer, HttpError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in request.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            let value = HeaderValue::from_str(value);
            let (Ok(name), Ok(mut value)) = (name, value) else {
                // Not the value: it may be a key.
                let message = "a header has characters that it can't have";
                return Err(HttpError::Unusable(message.into()));
            };
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let call = self
            .client
            .post(request.url)
            .headers(headers)
            .timeout(request.timeout)
            .body(request.body.clone());
        self.runtime.block_on(async {
            let response = call.send().await.map_err(|error| failed(&error))?;
            read(response, request.most_bytes, request.pause).await
        })
    }

    /// Waits, unless `stop` says otherwise meanwhile; whether the whole time has passed.
    pub fn wait(&self, time: Duration, stop: &dyn Fn() -> bool) -> bool {
        const STEP: Duration = Duration::from_millis(100);
        self.runtime.block_on(async {
            let end = tokio::time::Instant::now() + time;
            loop {
                if stop() {
                    return false;
                }
                let left = end.saturating_duration_since(tokio::time::Instant::now());
                if left.is_zero() {
                    return true;
                }
                tokio::time::sleep(left.min(STEP)).await;
            }
        })
    }
}

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
        header(&self.response, name)
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
        self.runtime.block_on(self.response.chunk()).map_err(|error| failed(&error))
    }

    /// The whole of it.
    ///
    /// # Errors
    /// A body that breaks off, or is longer than `most` bytes.
    pub fn answer(self, most: usize) -> Result<Answer, HttpError> {
        // The client bounds pauses itself where it is made for files.
        self.runtime.block_on(read(self.response, most, Duration::MAX))
    }

    /// What a refusal says; of one that can't be read, only its status.
    pub fn refusal(self) -> Answer {
        let (status, retry_after) = (self.status(), asked_wait(&self.response));
        let answer = self.answer(MOST_OF_A_REFUSAL);
        answer.unwrap_or(Answer { status, retry_after, body: Vec::new() })
    }
}

async fn read(mut response: Response, most: usize, pause: Duration) -> Result<Answer, HttpError> {
    let (status, retry_after) = (response.status().as_u16(), asked_wait(&response));
    let mut body = Vec::with_capacity(FIRST_BYTES.min(most));
    let stalled = |_| HttpError::Lost(format!("nothing more came for {} s", pause.as_secs_f64()));
    loop {
        let piece = tokio::time::timeout(pause, response.chunk()).await.map_err(stalled)?;
        let Some(piece) = piece.map_err(|error| failed(&error))? else { break };
        if body.len() + piece.len() > most {
            return Err(HttpError::TooLong(most));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer { status, retry_after, body })
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn asked_wait(response: &Response) -> Option<Duration> {
    retry_after(header(response, RETRY_AFTER.as_str())?, header(response, "date"))
}

/// What a `Retry-After` asks for: seconds, or a time by the server's own clock, which is in its `Date`. At most
/// a day.
pub fn retry_after(value: &str, date: Option<&str>) -> Option<Duration> {
    let seconds = match value.trim().parse::<f64>() {
        Ok(seconds) => (seconds.is_finite() && seconds >= 0.0).then_some(seconds)?,
        Err(_) => {
            let (then, now) = (time(value)?, time(date?)?);
            then.as_second().saturating_sub(now.as_second()).max(0) as f64
        }
    };
    Some(Duration::from_secs_f64(seconds.min(LONGEST_RETRY_AFTER as f64)))
}

/// A time as HTTP writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn time(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|time| time.timestamp())
}

fn failed(error: &reqwest::Error) -> HttpError {
    let said = said(error);
    if error.is_builder() || error.is_redirect() {
        HttpError::Unusable(said)
    } else if error.is_connect() {
        HttpError::NotSent(said)
    } else {
        HttpError::Lost(said)
    }
}

/// The causes of an error in a line, without the address, which only the error itself names.
fn said(error: &reqwest::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    if error.is_timeout() {
        parts.push("timed out".into());
    }
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        parts.push(error.to_string());
        cause = error.source();
    }
    if parts.is_empty() {
        parts.push("no reason was given".into());
    }
    parts.dedup();
    parts.join(": ")
}

/// Waits between tries: each about twice as long as the one before, none the same as somebody else's.
#[derive(Debug)]
pub struct Backoff(backon::ExponentialBackoff);

impl Backoff {
    /// Waits for `retries` retries.
    pub fn new(retries: usize) -> Self {
        Self::between(SHORTEST_WAIT, LONGEST_WAIT, retries)
    }

    /// The same with bounds of one's own.
    pub fn between(shortest: Duration, longest: Duration, retries: usize) -> Self {
        let backoff = backon::ExponentialBuilder::default()
            .with_min_delay(shortest)
            .with_max_delay(longest)
            .with_max_times(retries)
            .with_jitter();
        Self(backoff.build())
    }

    /// The next wait, at least as long as the server asked for; none after the last retry.
    pub fn next(&mut self, retry_after: Option<Duration>) -> Option<Duration> {
        let wait = self.0.next()?;
        Some(retry_after.map_or(wait, |asked| asked.max(wait)))
    }
}

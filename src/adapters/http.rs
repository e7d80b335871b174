//! HTTP: one request, one bounded answer. The only place that knows the client library.
//!
//! No redirect is followed, since a key must not travel to another host. Every step has a bound on time, and
//! an answer one on bytes. What failed says whether the request may have been received, which decides what
//! it may have cost. Retrying is the caller's business; [`Backoff`] says how long to wait.

use std::sync::Once;
use std::time::Duration;

use backon::BackoffBuilder as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use tokio::runtime::{Builder, Runtime};

/// Who asks.
const USER_AGENT: &str = concat!("sprag/", env!("CARGO_PKG_VERSION"));
/// First wait before a retry, and the longest one that nobody asked for.
const SHORTEST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Bytes of an answer that are kept before what it says about its length is believed.
const FIRST_BYTES: usize = 64 * 1024;

/// A client.
pub struct Http {
    client: reqwest::Client,
    runtime: Runtime,
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
    /// Most bytes of the answer.
    pub most_bytes: usize,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long it asks to wait.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The request can't be made as it is.
    #[error("{0}")]
    Unusable(String),
    /// No connection was had: the request was not received.
    #[error("{0}")]
    NotSent(String),
    /// The request was sent, and no whole answer came back.
    #[error("{0}")]
    Lost(String),
    /// The answer is longer than it may be.
    #[error("the answer has more than {0} bytes")]
    TooLong(usize),
}

impl Http {
    /// A client. Proxies are taken from the environment, as everywhere.
    ///
    /// # Errors
    ///
    /// A system without certificates or a way to have a connection.
    pub fn new(connect_timeout: Duration) -> Result<Self, HttpError> {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            // Another part of the process may have chosen one already: any will do.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let unusable = |error: String| HttpError::Unusable(error);
        let client = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| unusable(said(&error)))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unusable(format!("can't start a runtime: {error}")))?;
        Ok(Self { client, runtime })
    }

    /// Sends a request and reads its answer, whatever its status.
    ///
    /// # Errors
    ///
    /// See [`HttpError`].
    pub fn post(&self, request: &Request<'_>) -> Result<Answer, HttpError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in request.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            let value = HeaderValue::from_str(value);
            let (Ok(name), Ok(mut value)) = (name, value) else {
                // Not the value: it may be a key.
                return Err(HttpError::Unusable(
                    "a header has characters that it can't have".into(),
                ));
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
            read(response, request.most_bytes).await
        })
    }

    /// Waits, unless `stop` says otherwise meanwhile; whether the whole time has passed.
    pub fn wait(&self, time: Duration, stop: &dyn Fn() -> bool) -> bool {
        const STEP: Duration = Duration::from_millis(100);
        let end = tokio::time::Instant::now() + time;
        self.runtime.block_on(async {
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

async fn read(mut response: reqwest::Response, most: usize) -> Result<Answer, HttpError> {
    let status = response.status().as_u16();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let retry_after = header(RETRY_AFTER).and_then(|value| value.trim().parse::<f64>().ok());
    let retry_after = retry_after.filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    // More than a day is a way to say never.
    let retry_after = retry_after.map(|seconds| Duration::from_secs_f64(seconds.min(86_400.0)));
    let mut body = Vec::with_capacity(FIRST_BYTES.min(most));
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        if body.len() + chunk.len() > most {
            return Err(HttpError::TooLong(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, retry_after, body })
}

fn failed(error: &reqwest::Error) -> HttpError {
    let said = said(error);
    if error.is_builder() {
        HttpError::Unusable(said)
    } else if error.is_connect() {
        HttpError::NotSent(said)
    } else {
        HttpError::Lost(said)
    }
}

/// The error and its causes in a line; the address is left out, as the caller knows it better.
fn said(error: &reqwest::Error) -> String {
    use std::error::Error as _;

    let kind = if error.is_timeout() { "timed out" } else { "" };
    let mut parts: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        parts.push(error.to_string());
        cause = error.source();
    }
    if parts.is_empty() || !kind.is_empty() {
        parts.insert(0, if kind.is_empty() { "the exchange failed".into() } else { kind.into() });
    }
    parts.dedup();
    parts.join(": ")
}

/// Waits between tries: each about twice as long as the one before, none the same as somebody else's.
pub struct Backoff(backon::ExponentialBackoff);

impl Backoff {
    /// Waits for `retries` retries.
    pub fn new(retries: usize) -> Self {
        let backoff = backon::ExponentialBuilder::default()
            .with_min_delay(SHORTEST_WAIT)
            .with_max_delay(LONGEST_WAIT)
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

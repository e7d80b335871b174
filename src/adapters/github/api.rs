//! Requests to GitHub, each with bounds on time and bytes. The only place that knows octocrab.
//!
//! What reads is tried again when GitHub is out of reach. What writes is sent once: whether an answer that got lost
//! means that something was done is looked up by who asked. Only a refusal for being too fast, which GitHub makes before
//! it does anything, and a connection that wasn't had, are followed by another try.

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use octocrab::Octocrab;
use octocrab::service::middleware::retry::RetryConfig;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

use super::Connection;
use crate::adapters::http::{self, Backoff, HttpError};
use crate::ports::RepositoryError;

/// Bound on one exchange: a commit of several megabytes takes GitHub a while.
const TIMEOUT: Duration = Duration::from_secs(90);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// History is rotated at 5 MB, and comes in Base64.
const MOST_BYTES: usize = 32 << 20;
/// Tries after the first one.
const RETRIES: usize = 4;
/// Longer than this no run waits because it was too fast: the next one continues.
const LONGEST_WAIT: Duration = Duration::from_secs(90);

/// What GitHub answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    retry_after: Option<Duration>,
    /// Requests left, and when there will be more: seconds since 1970-01-01T00:00:00Z.
    remaining: Option<u64>,
    resets_s: Option<i64>,
    /// Permissions that would do, as GitHub names them.
    pub(super) accepted: Option<String>,
}

/// What became of a request that writes.
#[derive(Debug)]
pub(super) enum Sent {
    /// GitHub answered, be it with a refusal.
    Answered(Answer),
    /// Nobody knows whether it was done.
    Unknown(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Post,
    Patch,
    Delete,
}

/// GitHub, as one token sees it.
pub(super) struct Api {
    rest: Octocrab,
    graphql: Octocrab,
    runtime: Runtime,
    token: String,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the token.
        f.write_str("Api")
    }
}

impl Api {
    pub(super) fn new(connection: &Connection) -> Result<Self, RepositoryError> {
        let unusable = |message: String| RepositoryError::Forbidden { message };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| unusable(format!("can't start a runtime: {error}")))?;
        let client = http::client(CONNECT_TIMEOUT, TIMEOUT)
            .map_err(|error| unusable(format!("can't make requests: {error}")))?;
        // What octocrab starts belongs to the runtime.
        let entered = runtime.enter();
        let build = |base: &str| {
            let wrong = || unusable(format!("{base:?} is no address of a GitHub"));
            Octocrab::builder()
                .base_uri(base.trim_end_matches('/'))
                .map_err(|_| wrong())?
                .add_retry_config(RetryConfig::None)
                .personal_token(connection.token.clone())
                .build_with_reqwest(client.clone())
                .map_err(|_| unusable("the token has characters that no token has".into()))
        };
        let rest = build(&connection.api_url)?;
        let graphql = build(connection.graphql_url.trim_end_matches("/graphql"))?;
        drop(entered);
        Ok(Self { rest, graphql, runtime, token: connection.token.clone() })
    }

    /// Asks for something, again and again if need be.
    ///
    /// # Errors
    /// GitHub is out of reach, or the rate limit is used up. Any other answer is one.
    pub(super) fn get(&self, path: &str) -> Result<Answer, RepositoryError> {
        let mut backoff = Backoff::new(RETRIES);
        loop {
            let asked = self.exchange(async { read(self.rest._get(path).await?).await });
            let (wait, trouble) = match asked {
                Ok(answer) if is_limited(&answer) => (answer.retry_after, limited(&answer)),
                Ok(answer) if http::is_transient(answer.status) => {
                    let said = format!("GitHub answered {} to GET {path}", answer.status);
                    (answer.retry_after, unreachable(said))
                }
                Ok(answer) => return Ok(answer),
                Err(error) => (None, unreachable(format!("GET {path}: {error}"))),
            };
            self.pause(&mut backoff, wait, trouble)?;
        }
    }

    /// Sends something once.
    ///
    /// # Errors
    /// It was not done: GitHub is out of reach, or the rate limit is used up.
    pub(super) fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Sent, RepositoryError> {
        let mut backoff = Backoff::new(RETRIES);
        loop {
            let asked = self.exchange(async {
                let client = if path == "/graphql" { &self.graphql } else { &self.rest };
                read(match method {
                    Method::Post => client._post(path, body).await?,
                    Method::Patch => client._patch(path, body).await?,
                    Method::Delete => client._delete(path, body).await?,
                })
                .await
            });
            let (wait, trouble) = match asked {
                Ok(answer) if is_limited(&answer) => (answer.retry_after, limited(&answer)),
                Ok(answer) if answer.status >= 500 || answer.status == 408 => {
                    return Ok(Sent::Unknown(format!("GitHub answered {}", answer.status)));
                }
                Ok(answer) => return Ok(Sent::Answered(answer)),
                Err(HttpError::NotSent(said)) => (None, unreachable(said)),
                Err(error) => return Ok(Sent::Unknown(error.to_string())),
            };
            self.pause(&mut backoff, wait, trouble)?;
        }
    }

    /// Waits before another try, or gives up with what went wrong.
    fn pause(
        &self,
        backoff: &mut Backoff,
        asked: Option<Duration>,
        trouble: RepositoryError,
    ) -> Result<(), RepositoryError> {
        // The hourly limit has no wait that is worth it.
        let hopeless = matches!(trouble, RepositoryError::RateLimited { .. });
        match backoff.next(asked) {
            Some(wait) if !hopeless && wait <= LONGEST_WAIT => {
                self.wait(wait);
                Ok(())
            }
            _ => Err(trouble),
        }
    }

    /// Gives GitHub some time.
    pub(super) fn wait(&self, time: Duration) {
        // Inside the runtime even to begin with: it is a timer of it.
        self.runtime.block_on(async { sleep(time).await });
    }

    fn exchange(
        &self,
        exchange: impl Future<Output = Result<Answer, Broken>>,
    ) -> Result<Answer, HttpError> {
        let ended = self.runtime.block_on(async { timeout(TIMEOUT, exchange).await });
        match ended {
            Err(_) => Err(HttpError::Lost("timed out".into())),
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Broken::TooLong)) => Err(HttpError::TooLong(MOST_BYTES)),
            Ok(Err(Broken::Octocrab(error))) => {
                let cause = error.source().and_then(http::in_causes);
                Err(cause.unwrap_or_else(|| HttpError::Lost("no reason was given".into())))
            }
        }
    }

    /// GitHub's words in an answer, in one line and without the token.
    pub(super) fn words(&self, answer: &Answer) -> String {
        let mut said = answer.body["message"].as_str().unwrap_or_default().to_owned();
        for error in answer.body["errors"].as_array().into_iter().flatten() {
            if let Some(more) = error["message"].as_str().or(error.as_str()) {
                said = if said.is_empty() { more.to_owned() } else { format!("{said}: {more}") };
            }
        }
        let said = said.replace(&self.token, "***");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        said.chars().filter(|c| !c.is_control()).take(300).collect()
    }
}

/// A name as part of an address.
pub(super) fn encoded(name: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    name.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

enum Broken {
    Octocrab(octocrab::Error),
    TooLong,
}

impl From<octocrab::Error> for Broken {
    fn from(error: octocrab::Error) -> Self {
        Self::Octocrab(error)
    }
}

type Response =
    ::http::Response<http_body_util::combinators::BoxBody<bytes::Bytes, octocrab::Error>>;

async fn read(response: Response) -> Result<Answer, Broken> {
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let number = |name: &str| header(name)?.trim().parse().ok();
    let mut answer = Answer {
        status: response.status().as_u16(),
        body: Value::Null,
        retry_after: header("retry-after")
            .and_then(|value| http::retry_after(value, header("date"))),
        remaining: number("x-ratelimit-remaining"),
        resets_s: header("x-ratelimit-reset").and_then(|value| value.trim().parse().ok()),
        accepted: header("x-accepted-github-permissions").map(str::to_owned),
    };
    let body = Limited::new(response.into_body(), MOST_BYTES).collect().await;
    let body = body.map_err(|error| match error.downcast::<octocrab::Error>() {
        Ok(error) => Broken::Octocrab(*error),
        Err(_) => Broken::TooLong,
    })?;
    answer.body = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
    Ok(answer)
}

/// Whether GitHub refused for the number of requests, before it did anything.
fn is_limited(answer: &Answer) -> bool {
    let refused = matches!(answer.status, 403 | 429);
    let message = answer.body["message"].as_str().unwrap_or_default();
    let by_graphql = answer.body["errors"][0]["type"] == "RATE_LIMITED";
    let says_so = answer.status == 429
        || answer.retry_after.is_some()
        || answer.remaining == Some(0)
        || message.contains("rate limit");
    by_graphql || (refused && says_so)
}

fn limited(answer: &Answer) -> RepositoryError {
    let resets = answer.resets_s.and_then(|at| jiff::Timestamp::from_second(at).ok());
    match (answer.remaining, resets) {
        (Some(0), resets) => RepositoryError::RateLimited {
            until: resets.map_or_else(|| "within the hour".into(), |at| format!("at {at}")),
        },
        _ => unreachable("GitHub says that requests came too fast".into()),
    }
}

pub(super) fn unreachable(message: String) -> RepositoryError {
    RepositoryError::Unreachable { message }
}

//! One endpoint: where it is, how a key is shown to it, and what its answers come to.

use std::time::Duration;

use serde_json::Value;

use super::wire::{Ask, Form, Heard, Usage, complaint};
use super::{anthropic, openai};
use crate::adapters::http::{Answer, Http, HttpError, Request, is_transient};
use crate::program::{Api, Auth, LlmSettings};
use crate::propose::reply::{self, MAX_REPLY_BYTES, Unreadable};

/// Most bytes of an answer: a reply, escaped, and what is around it.
const MAX_ANSWER_BYTES: usize = 8 * MAX_REPLY_BYTES;
/// Characters of a key that give it away: messages of endpoints like to repeat its beginning.
const TELLTALE: usize = 8;

/// Where models are asked.
pub(super) struct Endpoint {
    api: Api,
    url: String,
    key_env: String,
    key: Option<String>,
    headers: Vec<(&'static str, String)>,
}

/// What became of a call.
#[derive(Debug, PartialEq)]
pub(super) enum Ending {
    /// There is an answer.
    Heard(Heard),
    /// The call may have been received, and there is no answer.
    Lost(String),
    /// Not now, perhaps soon; the endpoint may say when.
    Busy(String, Option<Duration>),
    /// Not now, and trying again soon is no use.
    Hopeless(String),
    /// Never, as it is configured.
    Wrong(String),
    /// The endpoint doesn't take this form of reply: ask for less.
    Looser(Form),
    /// The endpoint wants the bound on a reply by its newer name.
    NewerLimit,
}

impl Endpoint {
    /// The endpoint of the settings, with the key from the environment.
    pub(super) fn new(settings: &LlmSettings) -> Result<Self, String> {
        let LlmSettings { api, base_url, key_env, auth, .. } = settings;
        let key = match key_env.as_str() {
            "" => None,
            name => Some(read_key(name)?),
        };
        let (base, path) = match api {
            Api::Openai => (openai::BASE_URL, openai::PATH),
            Api::Anthropic => (anthropic::BASE_URL, anthropic::PATH),
        };
        let base = if base_url.is_empty() { base } else { base_url };
        let mut headers = Vec::new();
        if *api == Api::Anthropic {
            headers.push(("anthropic-version", anthropic::VERSION.to_owned()));
        }
        headers.extend(key.as_ref().map(|key| match (auth, api) {
            (Auth::Bearer, _) | (Auth::Auto, Api::Openai) => {
                ("authorization", format!("Bearer {key}"))
            }
            (Auth::XApiKey, _) | (Auth::Auto, Api::Anthropic) => ("x-api-key", key.clone()),
            (Auth::ApiKey, _) => ("api-key", key.clone()),
        }));
        Ok(Self { api: *api, url: address(base, path), key_env: key_env.clone(), key, headers })
    }

    /// Asks once, with bounds on the whole exchange and on a pause within the answer.
    pub(super) fn post(
        &self,
        http: &Http,
        ask: &Ask<'_>,
        (timeout, pause): (Duration, Duration),
    ) -> Result<Answer, HttpError> {
        let body = match self.api {
            Api::Openai => openai::body(ask),
            Api::Anthropic => anthropic::body(ask),
        };
        http.post(&Request {
            url: &self.url,
            headers: &self.headers,
            body: body.to_string(),
            timeout,
            pause,
            most_bytes: MAX_ANSWER_BYTES,
        })
    }

    /// What a call came to.
    pub(super) fn ending(&self, answer: Result<Answer, HttpError>, ask: &Ask<'_>) -> Ending {
        match answer {
            Ok(answer) if (200..300).contains(&answer.status) => self.good(&answer, ask),
            Ok(answer) => self.bad(&answer, ask),
            Err(HttpError::NotSent(why)) => {
                Ending::Busy(self.clean(&format!("no connection to {} ({why})", self.url)), None)
            }
            Err(HttpError::Lost(why)) => {
                Ending::Lost(self.clean(&format!("the answer of {} was lost ({why})", self.url)))
            }
            Err(HttpError::Unusable(why)) => Ending::Wrong(self.clean(&why)),
            // It was paid for in full, and nothing of it can be read.
            Err(HttpError::TooLong(bytes)) => Ending::Heard(Heard {
                reply: Err(Unreadable::TooLong { bytes }),
                usage: Usage { read: ask.tokens(), written: ask.max_tokens },
                estimated: true,
            }),
        }
    }

    fn good(&self, answer: &Answer, ask: &Ask<'_>) -> Ending {
        let read = || Usage { read: ask.tokens(), written: answer.body.len().div_ceil(3) as u64 };
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
            // Not the format at all: a page of a proxy, or half an answer. What it says is said as of a reply.
            let reply = match reply::read(&answer.body) {
                Ok(_) => Err(Unreadable::CutOff),
                Err(error) => Err(error),
            };
            return Ending::Heard(Heard { reply, usage: read(), estimated: true });
        };
        // Some relay an error of another endpoint with a status of success.
        if let Some(error) = body.get("error").filter(|error| !error.is_null()) {
            let status = error.get("code").and_then(Value::as_u64).unwrap_or(502);
            let status = u16::try_from(status).unwrap_or(502);
            return self.bad(&Answer { status, ..answer.clone() }, ask);
        }
        let (reply, usage) = match self.api {
            Api::Openai => openai::heard(&body),
            Api::Anthropic => anthropic::heard(&body),
        };
        let (usage, estimated) = (usage.unwrap_or_else(read), usage.is_none());
        Ending::Heard(Heard { reply, usage, estimated })
    }

    fn bad(&self, answer: &Answer, ask: &Ask<'_>) -> Ending {
        let said = self.clean(&complaint(&answer.body));
        let said = match (said.as_str(), answer.status) {
            ("", 300..=399) => "a redirect, which is not followed",
            ("", 404) => "nothing more; is [llm] base_url right?",
            ("", _) => "nothing more",
            (said, _) => said,
        };
        let why = format!("{} answered {}: {said}", self.url, answer.status);
        let body = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| body.contains(word));
        match answer.status {
            401 | 403 => {
                let key = match self.key_env.as_str() {
                    "" => "no key was sent ([llm] key_env is empty)".into(),
                    name => format!("the key is that of ${name}"),
                };
                Ending::Wrong(format!("{why} ({key})"))
            }
            402 => Ending::Hopeless(why),
            // Out of credit, in the words of those who call it a rate limit.
            429 if names(&["insufficient_quota", "credit balance", "billing"]) => {
                Ending::Hopeless(why)
            }
            status if is_transient(status) => Ending::Busy(why, answer.retry_after),
            400 | 404 | 415 | 422 if !ask.newer_limit && names(&["max_completion_tokens"]) => {
                Ending::NewerLimit
            }
            400 | 404 | 415 | 422 if names(ask.form.words()) => {
                ask.form.looser().map_or(Ending::Wrong(why), Ending::Looser)
            }
            _ => Ending::Wrong(why),
        }
    }

    /// A text without the key, or the beginning of it.
    fn clean(&self, text: &str) -> String {
        let Some(key) = &self.key else { return text.into() };
        let text = text.replace(key.as_str(), "[key]");
        match key.char_indices().nth(TELLTALE) {
            Some((at, _)) if !text.contains(&key[..at]) => text,
            Some((at, _)) => {
                // With what follows it up to the end of the word, asterisks and all.
                let parts = text.split(&key[..at]).enumerate().map(|(i, part)| match i {
                    0 => part.to_owned(),
                    _ => {
                        let rest = part.trim_start_matches(|c: char| {
                            c.is_alphanumeric() || matches!(c, '*' | '-' | '_' | '.')
                        });
                        format!("[key]{rest}")
                    }
                });
                parts.collect()
            }
            None => text,
        }
    }
}

/// The address of calls: the path goes before a query, which some need for the version of their interface. A base that
/// has the path, or its beginning, isn't given it twice.
fn address(base: &str, path: &str) -> String {
    let (base, query) = match base.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (base, String::new()),
    };
    let base = base.trim_end_matches('/');
    let version = if path.starts_with("/v1/") { "/v1" } else { "" };
    let base = [path, version].into_iter().find_map(|end| base.strip_suffix(end)).unwrap_or(base);
    format!("{base}{path}{query}")
}

fn read_key(name: &str) -> Result<String, String> {
    let key = std::env::var(name).unwrap_or_default();
    let key = key.trim();
    if key.is_empty() {
        return Err(format!(
            "the environment variable {name} ([llm] key_env in program.md) is not set; put the key there, or \
             empty the setting for an endpoint that needs none"
        ));
    }
    if key.chars().any(|c| c.is_control() || !c.is_ascii()) {
        return Err(format!("the key in {name} has characters that no key has"));
    }
    Ok(key.to_owned())
}

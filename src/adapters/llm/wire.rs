//! What is asked of an endpoint and what it says, whatever its wire format. Pure: text in, text out.

use serde_json::Value;

use crate::propose::brief::tokens;
use crate::propose::reply::{self, Reply, Unreadable};
use crate::text::line;

/// What the tool is called that a model must call.
pub(super) const TOOL: &str = "propose";
/// What it is for.
pub(super) const TOOL_PURPOSE: &str = "Proposes one change to the strategy.";
/// Characters of an endpoint's words that a message repeats.
pub(super) const EXCERPT: usize = 300;

/// How a reply is held to its form, the strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Schema,
    Tool,
    Json,
    Text,
}

impl Form {
    /// Words by which an endpoint refuses it.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Schema => &["response_format", "json_schema", "schema", "structured"],
            Self::Tool => &["tool", "function"],
            Self::Json => &["response_format", "json_object", "json mode"],
            Self::Text => &[],
        }
    }

    /// The next that asks less of an endpoint.
    pub(super) fn looser(self) -> Option<Self> {
        match self {
            Self::Schema => Some(Self::Tool),
            Self::Tool => Some(Self::Json),
            Self::Json => Some(Self::Text),
            Self::Text => None,
        }
    }
}

/// One question.
#[derive(Debug, Clone)]
pub(super) struct Ask<'a> {
    pub(super) model: &'a str,
    /// What lasts: the task, the form of the reply, the language.
    pub(super) system: &'a str,
    /// What is of this iteration.
    pub(super) user: &'a str,
    pub(super) form: Form,
    pub(super) max_tokens: u64,
    /// Whether the bound on a reply goes by its newer name.
    pub(super) newer_limit: bool,
}

impl Ask<'_> {
    /// Tokens that the question has, by a high estimate.
    pub(super) fn tokens(&self) -> u64 {
        // The schema goes along twice at most, and some words around it.
        tokens(self.system) + tokens(self.user) + tokens(&reply::schema().to_string()) + 200
    }
}

/// Tokens that an endpoint says it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) read: u64,
    pub(super) written: u64,
}

/// What an endpoint said.
#[derive(Debug, PartialEq)]
pub(super) struct Heard {
    pub(super) reply: Result<Reply, Unreadable>,
    pub(super) usage: Usage,
    /// Whether the usage is a guess, as the endpoint doesn't say.
    pub(super) estimated: bool,
}

/// What a model wrote, as far as it got.
pub(super) enum Content<'a> {
    /// Arguments of the tool.
    Arguments(&'a Value),
    /// Text.
    Text(String),
}

/// The reply in what a model wrote. `cut_off` where the endpoint says that there was no room for more.
pub(super) fn reply_in(content: &Content<'_>, cut_off: bool) -> Result<Reply, Unreadable> {
    let read = match content {
        Content::Arguments(Value::String(text)) => reply::read(text.as_bytes()),
        Content::Arguments(value) => reply::from_value(value),
        Content::Text(text) => reply::read(text.as_bytes()),
    };
    // A reply that is whole all the same is one.
    read.map_err(|error| if cut_off { Unreadable::CutOff } else { error })
}

/// A refusal in the model's or the endpoint's words.
pub(super) fn declined(words: &str) -> Unreadable {
    let words = line(words, EXCERPT);
    Unreadable::Declined { words: if words.is_empty() { "without a word".into() } else { words } }
}

/// A whole number at a path of keys.
pub(super) fn count(value: &Value, path: &str) -> Option<u64> {
    value.pointer(path).and_then(Value::as_u64)
}

/// What an error's body says, in a line: its message, or its beginning.
pub(super) fn complaint(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let message = serde_json::from_str::<Value>(&text).ok().and_then(|value| {
        let places = ["/error/message", "/message", "/error", "/detail"];
        places.iter().find_map(|path| value.pointer(path)?.as_str().map(str::to_owned))
    });
    line(message.as_deref().unwrap_or(&text), EXCERPT)
}

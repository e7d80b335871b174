//! A model's reply, whatever it is, into a change or a clear word on what is wrong with it.
//!
//! What is asked for is one JSON object ([`schema`]). What arrives may be that, the same within prose or
//! a fence, cut off, empty, a refusal, a page of HTML, a megabyte of anything. Every limit here holds
//! before anything is kept: nothing of a reply that can't be read reaches a record but a short excerpt.

use std::fmt;

use schemars::JsonSchema;
use serde_json::{Map, Value};

use crate::expr::MAX_EXPRESSION_BYTES;
use crate::strategy::Edit;
use crate::text::line;

/// Most bytes of a reply's text.
pub const MAX_REPLY_BYTES: usize = 256 * 1024;
/// Most edits of one reply.
pub const MAX_EDITS: usize = 20;
/// Most characters of a hypothesis or an expected effect; what is longer is cut.
pub const MAX_TEXT_CHARS: usize = 400;
/// Most characters of a path.
const MAX_PATH_CHARS: usize = 100;
/// Places at which an object may begin that are tried, in a reply that isn't one as a whole.
const MAX_STARTS: usize = 64;
/// Characters of a reply that a message repeats.
const EXCERPT: usize = 160;

/// A change as a model describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What is changed and why that should last, in one line.
    pub hypothesis: String,
    /// What will be seen if it is right, in one line.
    pub expected: Option<String>,
    /// The change.
    pub edits: Vec<Edit>,
}

/// Why there is no change in a reply. The message goes back to the model and into the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// There is nothing in it.
    Empty,
    /// It is longer than a reply can be.
    TooLong {
        /// Its bytes.
        bytes: usize,
    },
    /// Its bytes are not UTF-8.
    NotText {
        /// The first byte that is none.
        at: usize,
    },
    /// It is a page of markup: something between here and the model answered.
    Markup {
        /// How it begins.
        excerpt: String,
    },
    /// The model declined.
    Declined {
        /// In its words.
        words: String,
    },
    /// It ends in the middle.
    CutOff,
    /// There is no JSON object in it.
    NoJson {
        /// How it begins.
        excerpt: String,
    },
    /// There is one, and it isn't a reply.
    Wrong {
        /// What is wrong where.
        message: String,
    },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the reply is empty; expected one JSON object"),
            Self::TooLong { bytes } => write!(
                f,
                "the reply has {bytes} bytes, at most {MAX_REPLY_BYTES} are read; expected one JSON object"
            ),
            Self::NotText { at } => {
                write!(f, "the reply is not UTF-8 text from byte {at} on; expected one JSON object")
            }
            Self::Markup { excerpt } => {
                write!(f, "the reply is a page of markup ({excerpt}); expected one JSON object")
            }
            Self::Declined { words } => write!(f, "the model declined: {words}"),
            Self::CutOff => f.write_str(
                "the reply was cut off before its end; a shorter one fits: hypothesis, expected_effect, \
                 edits and nothing else",
            ),
            Self::NoJson { excerpt } => {
                write!(f, "there is no JSON object in the reply ({excerpt}); expected one and nothing else")
            }
            Self::Wrong { message } => f.write_str(message),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Reads the text of a reply.
///
/// The object may be the whole text, stand in a fence, or begin anywhere; the first one that is a reply
/// counts.
///
/// # Errors
///
/// See [`Unreadable`].
pub fn read(bytes: &[u8]) -> Result<Reply, Unreadable> {
    if bytes.len() > MAX_REPLY_BYTES {
        return Err(Unreadable::TooLong { bytes: bytes.len() });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Unreadable::NotText { at: error.valid_up_to() })?;
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.is_empty() {
        return Err(Unreadable::Empty);
    }
    let mut first = None;
    for (start, _) in text.match_indices('{').take(MAX_STARTS) {
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        let found = match values.next() {
            Some(Ok(value)) => from_value(&value),
            Some(Err(error)) if error.is_eof() => Err(Unreadable::CutOff),
            // Not an object that begins here: a brace of prose or of another language.
            _ => continue,
        };
        match found {
            Ok(reply) => return Ok(reply),
            Err(error) => first = first.or(Some(error)),
        }
    }
    let excerpt = line(text, EXCERPT);
    Err(first.unwrap_or(match text.starts_with('<') {
        true => Unreadable::Markup { excerpt },
        false => Unreadable::NoJson { excerpt },
    }))
}

/// Reads a reply that arrived as JSON: the arguments of a tool, or a text that was one object.
///
/// # Errors
///
/// [`Unreadable::Wrong`], with the first thing that is wrong and where it stands.
pub fn from_value(value: &Value) -> Result<Reply, Unreadable> {
    let wrong = |message: String| Err(Unreadable::Wrong { message });
    let Value::Object(map) = value else {
        return wrong(format!("expected a JSON object, found {}", excerpt(value)));
    };
    let hypothesis = match words(map, "hypothesis")? {
        Some(words) => words,
        None => return wrong("`hypothesis` is missing; expected one or two sentences".into()),
    };
    let expected = words(map, "expected_effect")?;
    let edits = match map.get("edits") {
        Some(Value::Array(edits)) => edits,
        Some(other) => return wrong(format!("`edits` must be a list, found {}", excerpt(other))),
        None => return wrong("`edits` is missing; expected a list of changes".into()),
    };
    if edits.is_empty() {
        return wrong("`edits` is empty; expected at least one change".into());
    }
    if edits.len() > MAX_EDITS {
        return wrong(format!("`edits` has {} changes, at most {MAX_EDITS} are read", edits.len()));
    }
    let edits = edits.iter().enumerate().map(|(i, value)| edit(i, value));
    let edits = edits.collect::<Result<_, _>>().map_err(|message| Unreadable::Wrong { message })?;
    Ok(Reply { hypothesis, expected, edits })
}

/// Somebody's sentence in one line; none where it is missing or says nothing.
fn words(map: &Map<String, Value>, key: &str) -> Result<Option<String>, Unreadable> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            Ok(Some(line(text, MAX_TEXT_CHARS)).filter(|words| !words.is_empty()))
        }
        Some(other) => Err(Unreadable::Wrong {
            message: format!("`{key}` must be text, found {}", excerpt(other)),
        }),
    }
}

fn edit(index: usize, value: &Value) -> Result<Edit, String> {
    let expected = "expected {\"set\": PATH, \"to\": VALUE} or {\"remove\": PATH}";
    let wrong = || format!("`edits[{index}]`: {expected}, found {}", excerpt(value));
    let map = value.as_object().ok_or_else(wrong)?;
    let path = |key: &str| match map.get(key) {
        Some(Value::String(path)) => {
            let path = path.trim();
            let fits =
                path.chars().count() <= MAX_PATH_CHARS && !path.chars().any(char::is_control);
            if fits { Ok(path.to_owned()) } else { Err(wrong()) }
        }
        _ => Err(wrong()),
    };
    if !map.contains_key("set") {
        return path("remove").map(|remove| Edit::Remove { remove });
    }
    let set = path("set")?;
    let to = map.get("to").ok_or_else(wrong)?;
    let to = match to {
        Value::String(text) if text.len() > MAX_EXPRESSION_BYTES => {
            return Err(format!(
                "`edits[{index}]`: a value of {} bytes, at most {MAX_EXPRESSION_BYTES} are allowed",
                text.len()
            ));
        }
        // A number in quotes is meant as one where only a number can stand.
        Value::String(text) if set.starts_with("params.") => {
            number(text).unwrap_or_else(|| to.clone())
        }
        Value::String(_) | Value::Number(_) => to.clone(),
        Value::Object(entries) if entries.values().all(Value::is_number) && entries.len() <= 3 => {
            to.clone()
        }
        _ => return Err(wrong()),
    };
    Ok(Edit::Set { set, to })
}

fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    let whole = text.parse::<i64>().ok().map(Value::from);
    whole.or_else(|| text.parse::<f64>().ok().filter(|x| x.is_finite()).map(Value::from))
}

fn excerpt(value: &Value) -> String {
    line(&value.to_string(), EXCERPT)
}

/// What is asked for, for the schema. What arrives is read by [`from_value`], which takes more.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "proposal")]
#[expect(dead_code, reason = "only its schema is used")]
struct Asked {
    /// One or two sentences: what is changed and why that should last, so that the result can prove it
    /// wrong.
    hypothesis: String,
    /// What will be seen if the hypothesis is right.
    expected_effect: String,
    /// Changes of the incumbent's file, applied in order.
    edits: Vec<AskedEdit>,
}

/// One change.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum AskedEdit {
    Set(AskedSet),
    Remove(AskedRemove),
}

/// Sets what is at a path.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct AskedSet {
    /// Such as `long.enter` or `params.fast.value`.
    set: String,
    /// An expression, a number, or a parameter with its bounds.
    to: AskedValue,
}

/// Removes what is at a path.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct AskedRemove {
    /// Such as `risk.take_profit` or `short`.
    remove: String,
}

/// A value.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum AskedValue {
    Expression(String),
    Number(f64),
    Parameter(AskedParameter),
}

/// A parameter.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct AskedParameter {
    /// Its value.
    value: f64,
    /// The least that a search may make of it.
    min: f64,
    /// The most that a search may make of it.
    max: f64,
}

/// The JSON Schema of a reply, within what endpoints with strict schemas take: every property is
/// required, none is free, and there is no reference.
pub fn schema() -> Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    let mut schema = generator.into_root_schema_for::<Asked>().to_value();
    plain(&mut schema);
    schema
}

/// Takes out what some endpoints refuse: formats of numbers, titles.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.remove("format");
            map.remove("$schema");
            map.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

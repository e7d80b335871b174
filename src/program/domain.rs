//! What a setting may be: one enum for all kinds, which checks a value and says what was expected.
//!
//! Knows no setting by name.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::Value as Json;

use super::quote::{clipped, quoted};
use super::toml::{Kind, Value};
use super::units::{MAX_HOURS, date_ms, duration};
use crate::market::Zone;
use crate::nearest::nearest;

/// One end of a range of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// The value itself is allowed.
    Included(f64),
    /// Only values beyond it are allowed.
    Excluded(f64),
    /// No bound on this side but finiteness.
    Open,
}

/// The values a setting may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Domain {
    /// `true` or `false`.
    Flag,
    /// A whole number from `min` to `max`.
    Whole {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// A finite number within bounds.
    Real {
        /// Lower end.
        min: Bound,
        /// Upper end.
        max: Bound,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A calendar date `YYYY-MM-DD`, or empty.
    Date,
    /// A duration such as `90s`, `20m`, `2h`, `1h30m`, or empty.
    Duration,
    /// The name of a time zone in the IANA database.
    Zone,
    /// An address of the web, or empty.
    Address,
    /// A name at a data source, with `{symbol}` in it or not.
    Ticker,
    /// A SHA-256 in hexadecimal, or empty.
    Checksum,
    /// A list of different symbols, each the stem of a file name.
    Symbols,
    /// A list of texts in one line each.
    Texts,
    /// A list of finite numbers of at least 0.
    Numbers,
    /// A list of names of environment variables.
    Variables,
    /// The name of an environment variable, or empty.
    Variable,
    /// An address of the web that paths are added to, without a password in it, or empty.
    Endpoint,
    /// A folder inside of the root.
    Folder,
    /// A file inside of the root.
    File,
    /// The name of a git branch, or empty.
    Branch,
}

/// Why a value was refused.
pub(super) struct Refusal {
    /// What was found, beside the underlined place.
    pub found: String,
    /// What to do, if there is a likely intention.
    pub help: Option<String>,
    /// The place: the value, or the item of a list.
    pub span: Range<usize>,
}

impl Domain {
    /// Type of the value, in a word or two.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Whole { .. } => "whole number",
            Self::Real { .. } => "number",
            Self::Word(_) => "word",
            Self::Date => "date",
            Self::Duration => "duration",
            Self::Symbols | Self::Texts | Self::Variables => "list of texts",
            Self::Numbers => "list of numbers",
            Self::Zone
            | Self::Address
            | Self::Ticker
            | Self::Checksum
            | Self::Folder
            | Self::File
            | Self::Branch
            | Self::Variable
            | Self::Endpoint => "text",
        }
    }

    /// The allowed values, to follow "must be".
    pub fn expected(&self) -> String {
        match self {
            Self::Flag => "`true` or `false`".into(),
            Self::Whole { min, max: u64::MAX } => format!("a whole number >= {min}"),
            Self::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Self::Real { min, max } => {
                let low = match min {
                    Bound::Included(value) => Some(format!(">= {value}")),
                    Bound::Excluded(value) => Some(format!("> {value}")),
                    Bound::Open => None,
                };
                let high = match max {
                    Bound::Included(value) => Some(format!("<= {value}")),
                    Bound::Excluded(value) => Some(format!("< {value}")),
                    Bound::Open => None,
                };
                let ends: Vec<String> = low.into_iter().chain(high).collect();
                if ends.is_empty() {
                    "a finite number".into()
                } else {
                    format!("a number {}", ends.join(" and "))
                }
            }
            Self::Word([word]) => format!("\"{word}\""),
            Self::Word(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!("one of {}", words.join(", "))
            }
            Self::Date => "a calendar date \"YYYY-MM-DD\", or \"\" for none".into(),
            Self::Duration => format!(
                "a duration such as \"90s\", \"20m\", \"2h\" or \"1h30m\", at most {MAX_HOURS} hours, or \"\" for none"
            ),
            Self::Symbols => {
                "a list of different symbols, each the name of a data file without its ending"
                    .into()
            }
            Self::Zone => "the name of a time zone such as \"UTC\" or \"America/New_York\"".into(),
            Self::Texts => "a list of texts, none empty, each in one line".into(),
            Self::Numbers => "a list of numbers >= 0".into(),
            Self::Variables => "a list of names of environment variables".into(),
            Self::Variable => "the name of an environment variable, or \"\" for none".into(),
            Self::Address | Self::Endpoint => {
                "an address that begins with https:// or http://, or \"\" for none".into()
            }
            Self::Ticker => "a name without blanks".into(),
            Self::Checksum => "64 hexadecimal digits, or \"\" for none".into(),
            Self::Folder => "the path of a folder below the program's own".into(),
            Self::File => "the path of a file below the program's folder".into(),
            Self::Branch => "the name of a branch, or \"\" for none".into(),
        }
    }

    /// Whether the value is written in quotes in TOML.
    pub(super) fn is_text(&self) -> bool {
        self.is_free_text() || matches!(self, Self::Word(_) | Self::Date | Self::Duration)
    }

    /// Whether it is text of one's own, for which a number or a date may have been meant.
    fn is_free_text(&self) -> bool {
        matches!(
            self,
            Self::Zone
                | Self::Address
                | Self::Ticker
                | Self::Checksum
                | Self::Folder
                | Self::File
                | Self::Branch
                | Self::Variable
                | Self::Endpoint
        )
    }

    /// The value as it is stored, or why it is refused.
    pub(super) fn accept(&self, value: &Value) -> Result<Json, Refusal> {
        match self {
            Self::Flag => match &value.kind {
                Kind::Flag(flag) => Ok(Json::from(*flag)),
                _ => Err(wrong_kind(self, value)),
            },
            Self::Whole { min, max } => self.accept_whole(value, *min, *max),
            Self::Real { min, max } => self.accept_real(value, *min, *max),
            Self::Word(words) => {
                self.accept_text(value, |text| match nearest(text, words.iter().copied()) {
                    _ if words.contains(&text) => Ok(()),
                    Some(near) => Err(format!("did you mean \"{near}\"?")),
                    None => Err(format!("found {}", quoted(text))),
                })
            }
            Self::Date => {
                if let Kind::Time(text) = &value.kind
                    && date_ms(text).is_some()
                {
                    // TOML has dates of its own; insisting on quotes would help nobody.
                    return Ok(Json::from(text.as_str()));
                }
                self.accept_text(value, |text| match date_ms(text) {
                    None if !text.is_empty() => Err("not a date of the calendar".into()),
                    _ => Ok(()),
                })
            }
            Self::Duration => self.accept_text(value, |text| match duration(text) {
                None if !text.is_empty() => Err("not such a duration".into()),
                _ => Ok(()),
            }),
            Self::Zone => self.accept_text(value, |text| {
                if Zone::named(text).is_some() {
                    return Ok(());
                }
                Err(match Zone::nearest(text) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => "no such time zone".into(),
                })
            }),
            Self::Address => self.accept_text(value, |text| {
                let is_web = text.starts_with("https://") || text.starts_with("http://");
                let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
                if text.is_empty() || (is_web && is_plain) {
                    return Ok(());
                }
                Err("no such address".into())
            }),
            Self::Ticker => self.accept_text(value, |text| {
                let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
                if is_plain && !text.is_empty() { Ok(()) } else { Err("no such name".into()) }
            }),
            Self::Checksum => self.accept_text(value, |text| {
                let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                if is_hex || text.is_empty() { Ok(()) } else { Err("no SHA-256".into()) }
            }),
            Self::Symbols => self.accept_symbols(value),
            Self::Texts => self.accept_list(value, wrong_in_text),
            Self::Variables => self.accept_list(value, wrong_in_variable),
            Self::Numbers => self.accept_numbers(value),
            Self::Variable => self.accept_text(value, |text| match text {
                "" => Ok(()),
                text => wrong_in_variable(text).map_or(Ok(()), |found| Err(found.into())),
            }),
            Self::Endpoint => self.accept_text(value, |text| match text {
                "" => Ok(()),
                text => wrong_in_url(text).map_or(Ok(()), |found| Err(found.into())),
            }),
            Self::Branch => self.accept_text(value, branch),
            Self::Folder => self.accept_text(value, inside_root),
            Self::File => self.accept_text(value, |text| match text.rsplit('/').next() {
                Some("" | ".") if !text.is_empty() => Err("this is a folder".into()),
                _ => inside_root(text),
            }),
        }
    }

    fn accept_whole(&self, value: &Value, min: u64, max: u64) -> Result<Json, Refusal> {
        match &value.kind {
            Kind::Whole(whole) => match u64::try_from(*whole) {
                Ok(whole) if (min..=max).contains(&whole) => Ok(Json::from(whole)),
                _ => Err(refuse(value, "out of range".into())),
            },
            Kind::Real(real) if real.fract() != 0.0 => {
                Err(refuse(value, "found a fraction".into()))
            }
            Kind::Real(real) if real.abs() < 1e15 => Err(Refusal {
                help: Some(format!("write {real} without a decimal point")),
                ..refuse(value, "found a number with a decimal point".into())
            }),
            Kind::Real(_) => Err(refuse(value, "out of range".into())),
            _ => Err(wrong_kind(self, value)),
        }
    }

    fn accept_real(&self, value: &Value, min: Bound, max: Bound) -> Result<Json, Refusal> {
        let real = match &value.kind {
            // A whole number with more digits than an f64 holds is rounded as its decimal would be.
            Kind::Whole(whole) => *whole as f64,
            Kind::Real(real) => *real,
            _ => return Err(wrong_kind(self, value)),
        };
        if !real.is_finite() {
            return Err(refuse(value, "not a finite number".into()));
        }
        let above = match min {
            Bound::Included(low) => real >= low,
            Bound::Excluded(low) => real > low,
            Bound::Open => true,
        };
        let below = match max {
            Bound::Included(high) => real <= high,
            Bound::Excluded(high) => real < high,
            Bound::Open => true,
        };
        if !(above && below) {
            return Err(refuse(value, "out of range".into()));
        }
        // Negative zero is zero, also where settings are hashed.
        Ok(Json::from(real + 0.0))
    }

    fn accept_text(
        &self,
        value: &Value,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Json, Refusal> {
        match &value.kind {
            Kind::Text(text) => match check(text) {
                Ok(()) => Ok(Json::from(text.as_str())),
                Err(found) => Err(refuse(value, found)),
            },
            _ => Err(wrong_kind(self, value)),
        }
    }

    fn accept_symbols(&self, value: &Value) -> Result<Json, Refusal> {
        let symbols = self.accept_list(value, wrong_in_symbol)?;
        let mut seen = BTreeSet::new();
        let Kind::List(items) = &value.kind else { return Ok(symbols) };
        for item in items {
            if let Kind::Text(symbol) = &item.kind
                && !seen.insert(symbol.as_str())
            {
                return Err(refuse(item, "this symbol is listed twice".into()));
            }
        }
        Ok(symbols)
    }

    /// A list of texts, none of which is wrong.
    fn accept_list(
        &self,
        value: &Value,
        wrong: impl Fn(&str) -> Option<&'static str>,
    ) -> Result<Json, Refusal> {
        let Kind::List(items) = &value.kind else { return Err(wrong_kind(self, value)) };
        let texts = items.iter().map(|item| {
            let Kind::Text(text) = &item.kind else { return Err(wrong_kind(self, item)) };
            wrong(text).map_or(Ok(text.as_str()), |found| Err(refuse(item, found.into())))
        });
        Ok(texts.collect::<Result<Vec<&str>, Refusal>>()?.into())
    }

    fn accept_numbers(&self, value: &Value) -> Result<Json, Refusal> {
        let Kind::List(items) = &value.kind else { return Err(wrong_kind(self, value)) };
        let numbers = items.iter().map(|item| match item.kind {
            Kind::Text(_) => Err(wrong_kind(self, item)),
            _ => self.accept_real(item, Bound::Included(0.0), Bound::Open),
        });
        Ok(Json::Array(numbers.collect::<Result<_, _>>()?))
    }
}

fn refuse(value: &Value, found: String) -> Refusal {
    Refusal { found, help: None, span: value.span.clone() }
}

fn wrong_kind(domain: &Domain, value: &Value) -> Refusal {
    let (found, help) = match &value.kind {
        Kind::Text(text) => {
            let parses = match domain {
                Domain::Flag => text.parse::<bool>().is_ok(),
                Domain::Whole { .. } => text.parse::<u64>().is_ok(),
                Domain::Real { .. } => text.parse::<f64>().is_ok_and(f64::is_finite),
                _ => false,
            };
            let help = match domain {
                Domain::Symbols | Domain::Texts | Domain::Variables => {
                    Some(format!("write [\"{}\"]", clipped(text)))
                }
                _ => parses.then(|| format!("write {text} without quotes")),
            };
            let found = match text.as_str() {
                "" => "found an empty text".into(),
                text => format!("found the text {}", quoted(text)),
            };
            (found, help)
        }
        Kind::Whole(_) | Kind::Real(_) => ("found a number".into(), None),
        Kind::Flag(flag) => (format!("found `{flag}`"), None),
        Kind::Time(text) => (format!("found the date or time {text}"), None),
        Kind::List(_) => ("found a list".into(), None),
        Kind::Table => ("found a table".into(), None),
    };
    let quote = help.is_none() && domain.is_free_text();
    let help = if quote { Some("write it in double quotes".into()) } else { help };
    Refusal { help, ..refuse(value, found) }
}

/// Symbols are file names, so one may not lead out of the data folder.
fn wrong_in_symbol(symbol: &str) -> Option<&'static str> {
    if symbol.is_empty() {
        Some("a symbol can't be empty")
    } else if symbol.contains(['/', '\\']) {
        Some("a symbol can't have a path separator")
    } else if symbol == "." || symbol == ".." {
        Some("this is no file name")
    } else if symbol.trim() != symbol || symbol.chars().any(char::is_control) {
        Some("a symbol can't begin or end with a blank or have a control character")
    } else {
        None
    }
}

fn wrong_in_text(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("this is empty")
    } else if text.chars().any(char::is_control) {
        Some("this has a line break or another control character")
    } else {
        None
    }
}

fn wrong_in_variable(name: &str) -> Option<&'static str> {
    let mut chars = name.chars();
    let starts_well = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if starts_well && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        None
    } else {
        Some("not the name of an environment variable")
    }
}

/// A key belongs into the environment, so an address has no room for one.
fn wrong_in_url(url: &str) -> Option<&'static str> {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(host) = host else { return Some("it has to begin with https:// or http://") };
    let authority = host.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        Some("there is no host in it")
    } else if authority.contains('@') {
        Some("keep user names, passwords and keys out of it")
    } else if url.contains('#') {
        Some("it ends before `#`")
    } else if url.split_once('?').is_some_and(|(_, query)| names_a_secret(query)) {
        Some("keep keys out of it: they come from the environment")
    } else if url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        Some("it has a blank or a control character")
    } else {
        None
    }
}

/// Whether a query looks as if it held a key. What is in program.md is there for everybody to read.
fn names_a_secret(query: &str) -> bool {
    let query = query.to_ascii_lowercase();
    let mut names = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    let words = ["key", "token", "secret", "password"];
    names.any(|name| name == "sig" || words.iter().any(|word| name.contains(word)))
}

/// What git takes as the name of a branch, or nothing.
fn branch(text: &str) -> Result<(), String> {
    let is_part = |part: &str| {
        let odd = part.starts_with(['.', '-']) || part.ends_with('.') || part.ends_with(".lock");
        !part.is_empty() && !odd
    };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c);
    let is_name = text.split('/').all(is_part) && !text.contains(odd);
    if text.is_empty() || (is_name && !text.contains("..") && !text.contains("@{")) {
        return Ok(());
    }
    Err("no name that git allows".into())
}

/// Whether a path stays below the root on every system it may be read on.
fn inside_root(path: &str) -> Result<(), String> {
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.is_empty() {
        Err("a path can't be empty".into())
    } else if path.starts_with('/') || drive {
        Err("an absolute path leads out of the repository".into())
    } else if path.contains('\\') {
        Err("separate folders by `/`".into())
    } else if path.split('/').any(|part| part == "..") {
        Err("`..` leads out of the repository".into())
    } else if path.chars().any(char::is_control) {
        Err("a path can't have a control character".into())
    } else {
        Ok(())
    }
}

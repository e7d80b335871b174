//! Text into tokens, each with its place.

use super::print::{quoted, shown};
use super::{Diagnostic, MAX_TEXT_BYTES, Span};
use crate::market::Timeframe;

/// The kinds of token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Word(String),
    Text(String),
    Symbol(&'static str),
    End,
}

impl Token {
    /// How a message names it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Number(value) => format!("`{}`", shown(*value)),
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => quoted(text),
            Self::Symbol(symbol) => format!("`{symbol}`"),
            Self::End => "the end".into(),
        }
    }
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 17] =
    ["<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", "."];

/// What people write from habit, and what it is called here.
const HABITS: [(&str, &str); 8] = [
    ("<>", "write `!=`"),
    ("&&", "write `and`"),
    ("||", "write `or`"),
    ("**", "write `pow(x, y)`"),
    ("^", "write `pow(x, y)`"),
    ("&", "write `and`"),
    ("|", "write `or`"),
    ("!", "write `not`"),
];

/// All tokens of `text`, the last one [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Diagnostic> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, length) = token(&text[at..], at)?;
        out.push((token, at..at + length));
        at += length;
    }
    out.push((Token::End, at..at));
    Ok(out)
}

fn token(rest: &str, at: usize) -> Result<(Token, usize), Diagnostic> {
    let first = rest.as_bytes()[0];
    let starts_number = first.is_ascii_digit()
        || (first == b'.' && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit));
    if starts_number {
        return number(rest, at);
    }
    if first.is_ascii_alphabetic() || first == b'_' {
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        return Ok((Token::Word(rest[..length].into()), length));
    }
    if matches!(first, b'\'' | b'"') {
        return text(rest, at);
    }
    if let Some((habit, help)) =
        HABITS.iter().find(|(habit, _)| rest.starts_with(habit) && !rest.starts_with("!="))
    {
        return Err(Diagnostic::new(
            format!("`{habit}` is not an operator here"),
            at..at + habit.len(),
            "unknown operator",
        )
        .help(*help));
    }
    if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        return Ok((Token::Symbol(symbol), symbol.len()));
    }
    let c = rest.chars().next().unwrap_or('\u{fffd}');
    let help = match c {
        '=' => Some("compare with `==`".into()),
        '‘' | '’' | '“' | '”' | '`' => Some("a name is quoted by `'` or `\"`".into()),
        '?' | ':' => Some("write `if(condition, then, else)`".into()),
        '#' => Some("an expression has no comments".into()),
        ';' => Some("this is one expression; join conditions with `and`".into()),
        _ => None,
    };
    // As it is where that can be read, escaped where it is invisible.
    let shown = if c.is_ascii_punctuation() { c.into() } else { c.escape_debug().to_string() };
    Err(Diagnostic::new(
        format!("unexpected character `{shown}`"),
        at..at + c.len_utf8(),
        "not part of the language",
    )
    .maybe_help(help))
}

/// A quoted name. Nothing is escaped in it: what has one kind of quote stands in the other.
fn text(rest: &str, at: usize) -> Result<(Token, usize), Diagnostic> {
    let quote = &rest[..1];
    let line = rest.split(['\n', '\r']).next().unwrap_or(rest);
    let Some(length) = line[1..].find(quote) else {
        return Err(Diagnostic::new(
            format!("the quote `{quote}` is never closed"),
            at..at + line.len(),
            format!("expected `{quote}` at the end of the name"),
        ));
    };
    let (text, span) = (&line[1..=length], at..at + length + 2);
    if length > MAX_TEXT_BYTES {
        return Err(Diagnostic::new(
            format!("this name has {length} bytes"),
            span,
            format!("at most {MAX_TEXT_BYTES} are allowed"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Diagnostic::new("a name has no control characters", span, "one is in here"));
    }
    Ok((Token::Text(text.into()), length + 2))
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Diagnostic> {
    let bytes = rest.as_bytes();
    let digits = |mut i: usize| {
        while bytes.get(i).is_some_and(|b| b.is_ascii_digit() || *b == b'_') {
            i += 1;
        }
        i
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            end = digits(end + 1 + sign);
        }
    }
    let span = at..at + end;
    let value: f64 = rest[..end].replace('_', "").parse().unwrap_or(f64::NAN);
    if !value.is_finite() {
        return Err(Diagnostic::new("this number is too large", span, "not a finite number"));
    }
    if bytes.get(end).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') {
        let word = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let quoted = Timeframe::parse(word).map(|_| format!("a timeframe is quoted: `'{word}'`"));
        return Err(Diagnostic::new(
            "a number runs into a name",
            at..at + end + 1,
            "expected an operator between them",
        )
        .maybe_help(quoted));
    }
    Ok((Token::Number(value), end))
}

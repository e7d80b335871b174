//! Text into tokens, each with its place.

use super::print::shown;
use super::{Diagnostic, Span};

/// The kinds of token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Word(String),
    Symbol(&'static str),
    End,
}

impl Token {
    /// How a message names it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Number(value) => format!("`{}`", shown(*value)),
            Self::Word(word) => format!("`{word}`"),
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
        '"' | '\'' => Some("an expression has no quoted text".into()),
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
        return Err(Diagnostic::new(
            "a number runs into a name",
            at..at + end + 1,
            "expected an operator between them",
        ));
    }
    Ok((Token::Number(value), end))
}

//! TOML fragments as flat lists of assignments, each with its place in the file.
//!
//! Reads all of a fragment whatever is wrong with it, so that every mistake can be told at once. What
//! a key means, and whether it was set before, is `interpret.rs`'s business, since tables run on over
//! blocks.

use std::ops::Range;
use std::rc::Rc;

use toml_parser::decoder::ScalarKind;
use toml_parser::parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{Expected, ParseError, Source};

use super::blocks::Map;
use super::error::Problem;

/// Deepest nesting of arrays and inline tables. Settings need 2.
pub const MAX_TOML_DEPTH: u32 = 32;

/// What a fragment says.
#[derive(Default)]
pub(super) struct Fragment {
    /// `[table]` lines.
    pub headers: Vec<Header>,
    /// `key = value` lines, and those inside of inline tables.
    pub statements: Vec<Statement>,
    /// What isn't TOML.
    pub errors: Vec<SyntaxError>,
}

/// One part of a dotted key.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// Shared, as a table's name is a part of each path in it.
    pub name: Rc<str>,
    pub span: Range<usize>,
}

/// A `[table]` or `[[table]]` line.
pub(super) struct Header {
    pub path: Vec<Part>,
    pub is_array: bool,
}

/// A key, with the parts of the tables around it, and its value.
pub(super) struct Statement {
    pub path: Vec<Part>,
    /// How many parts of the path come from a `[table]` line, which is checked on its own.
    pub header_parts: usize,
    /// Which of the fragment's headers it stands under.
    pub header: Option<usize>,
    pub value: Value,
}

/// A value and its place in the file.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Text(String),
    Whole(i64),
    /// Also whole numbers too large for 64 bits, infinities and NaN: all are refused later.
    Real(f64),
    Flag(bool),
    /// A date or time without quotes, as written.
    Time(String),
    List(Vec<Value>),
    /// An inline table. Its content comes as statements where it can hold settings.
    Table,
}

/// A place that isn't TOML.
pub(super) struct SyntaxError {
    pub message: String,
    pub expected: String,
    pub span: Range<usize>,
}

/// Adds a part to a path. No setting is deeper than 2, so what is beyond 3 only lengthens the last
/// part's place: a long dotted key above many lines would otherwise be copied to each of them.
fn extend(path: &mut Vec<Part>, part: Part) {
    let is_deep = path.len() >= 3;
    match path.last_mut() {
        Some(last) if is_deep => last.span.end = part.span.end.max(last.span.start),
        _ => path.push(part),
    }
}

impl SyntaxError {
    /// The error as it is shown.
    pub(super) fn problem(&self) -> Problem {
        // The parser takes whatever it can't read for text that lost its quotes, even nothing at all.
        let unquoted = self.message == "string values must be quoted";
        if unquoted && self.span.is_empty() {
            return Problem::new("this is not TOML: key with no value", self.span.clone())
                .label("expected a value");
        }
        let problem =
            Problem::new(format!("this is not TOML: {}", self.message), self.span.clone());
        if self.message.contains("recursion") {
            return problem.label(format!("at most {MAX_TOML_DEPTH} levels are allowed"));
        }
        if unquoted {
            problem.label("expected a value; text stands in double quotes")
        } else if self.expected.is_empty() {
            problem.label("not valid here")
        } else {
            problem.label(format!("expected {}", self.expected))
        }
    }
}

/// Reads a fragment; `map` leads from it to the file.
pub(super) fn read(toml: &str, map: &Map) -> Fragment {
    let source = Source::new(toml);
    let tokens = source.lex().into_vec();
    let mut events: Vec<Event> = Vec::with_capacity(tokens.len());
    let mut errors: Vec<ParseError> = Vec::new();
    {
        let mut validated = ValidateWhitespace::new(&mut events, source);
        let mut guarded = RecursionGuard::new(&mut validated, MAX_TOML_DEPTH);
        parse_document(&tokens, &mut guarded, &mut errors);
    }
    let mut walk = Walk { source, map, events: &events, errors, fragment: Fragment::default() };
    walk.document();
    let Walk { mut fragment, errors, .. } = walk;
    fragment.errors = errors.iter().map(|error| syntax_error(error, map)).collect();
    fragment
}

fn syntax_error(error: &ParseError, map: &Map) -> SyntaxError {
    let span = error.unexpected().or(error.context()).unwrap_or_default();
    let expected: Vec<String> = error
        .expected()
        .unwrap_or_default()
        .iter()
        .map(|expected| match expected {
            Expected::Literal("\n") => "the end of the line".into(),
            Expected::Literal(text) => format!("`{}`", text.escape_debug()),
            Expected::Description(text) => (*text).into(),
            _ => "something else".into(),
        })
        .collect();
    SyntaxError {
        message: error.description().into(),
        expected: expected.join(" or "),
        span: map.to_source(span.start()..span.end()),
    }
}

/// A walk over the parser's events, which may be in any order where the text is wrong.
struct Walk<'a> {
    source: Source<'a>,
    map: &'a Map,
    events: &'a [Event],
    errors: Vec<ParseError>,
    fragment: Fragment,
}

impl Walk<'_> {
    fn next(&mut self) -> Option<Event> {
        let (first, rest) = self.events.split_first()?;
        self.events = rest;
        Some(*first)
    }

    fn peek(&self) -> Option<EventKind> {
        self.events.first().map(Event::kind)
    }

    fn span(&self, event: &Event) -> Range<usize> {
        self.map.to_source(event.span().start()..event.span().end())
    }

    fn document(&mut self) {
        let mut table: Vec<Part> = Vec::new();
        while let Some(event) = self.next() {
            match event.kind() {
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => {
                    let is_array = event.kind() == EventKind::ArrayTableOpen;
                    table = self.header();
                    self.fragment.headers.push(Header { path: table.clone(), is_array });
                }
                EventKind::SimpleKey => self.assignment(&event, &table, table.len()),
                _ => {}
            }
        }
    }

    /// The key of a `[table]` line, up to its end.
    fn header(&mut self) -> Vec<Part> {
        let mut path = Vec::new();
        while let Some(kind) = self.peek() {
            match kind {
                EventKind::Newline => break,
                EventKind::SimpleKey => {
                    if let Some(event) = self.next() {
                        let part = self.key(&event);
                        extend(&mut path, part);
                    }
                }
                EventKind::StdTableClose | EventKind::ArrayTableClose => {
                    self.next();
                    break;
                }
                _ => {
                    self.next();
                }
            }
        }
        path
    }

    /// A `key = value` whose first key part was just read.
    fn assignment(&mut self, first: &Event, table: &[Part], header_parts: usize) {
        let mut path = table.to_vec();
        let part = self.key(first);
        extend(&mut path, part);
        while let Some(kind) = self.peek() {
            match kind {
                EventKind::SimpleKey => {
                    if let Some(event) = self.next() {
                        let part = self.key(&event);
                        extend(&mut path, part);
                    }
                }
                EventKind::KeyValSep => {
                    self.next();
                    if let Some(value) = self.value(&path, header_parts) {
                        let header = self.fragment.headers.len().checked_sub(1);
                        self.fragment.statements.push(Statement {
                            path,
                            header_parts,
                            header,
                            value,
                        });
                    }
                    return;
                }
                EventKind::Whitespace | EventKind::KeySep => {
                    self.next();
                }
                // A key with no value: the parser has said so.
                _ => return,
            }
        }
    }

    /// The value of the key at `path`; the statements of an inline table are added on the way.
    fn value(&mut self, path: &[Part], header_parts: usize) -> Option<Value> {
        while let Some(kind) = self.peek() {
            match kind {
                EventKind::Whitespace | EventKind::Newline | EventKind::Comment => {
                    self.next();
                }
                EventKind::Scalar => {
                    let event = self.next()?;
                    return self.scalar(&event);
                }
                EventKind::ArrayOpen => return self.list(path, header_parts),
                EventKind::InlineTableOpen => return self.inline_table(path, header_parts),
                _ => return None,
            }
        }
        None
    }

    fn list(&mut self, path: &[Part], header_parts: usize) -> Option<Value> {
        let open = self.next()?;
        let mut span = self.span(&open);
        let mut items = Vec::new();
        // What an inline table in a list says isn't a statement about `path`.
        let statements = self.fragment.statements.len();
        while let Some(kind) = self.peek() {
            match kind {
                EventKind::ArrayClose => {
                    let close = self.next()?;
                    span.end = self.span(&close).end;
                    break;
                }
                EventKind::Scalar | EventKind::ArrayOpen | EventKind::InlineTableOpen => {
                    items.extend(self.value(path, header_parts));
                }
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => break,
                _ => {
                    self.next();
                }
            }
        }
        self.fragment.statements.truncate(statements);
        Some(Value { kind: Kind::List(items), span })
    }

    fn inline_table(&mut self, path: &[Part], header_parts: usize) -> Option<Value> {
        let open = self.next()?;
        let mut span = self.span(&open);
        let statements = self.fragment.statements.len();
        while let Some(kind) = self.peek() {
            match kind {
                EventKind::InlineTableClose => {
                    let close = self.next()?;
                    span.end = self.span(&close).end;
                    break;
                }
                EventKind::SimpleKey => {
                    let event = self.next()?;
                    self.assignment(&event, path, header_parts);
                }
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => break,
                _ => {
                    self.next();
                }
            }
        }
        // A setting is at most two parts deep: this table itself stands where a value should.
        if path.len() > 1 {
            self.fragment.statements.truncate(statements);
        }
        Some(Value { kind: Kind::Table, span })
    }

    fn key(&mut self, event: &Event) -> Part {
        let mut name = std::borrow::Cow::Borrowed("");
        if let Some(raw) = self.source.get(event) {
            raw.decode_key(&mut name, &mut self.errors);
        }
        Part { name: name.into(), span: self.span(event) }
    }

    fn scalar(&mut self, event: &Event) -> Option<Value> {
        let mut text = std::borrow::Cow::Borrowed("");
        let kind = self.source.get(event)?.decode_scalar(&mut text, &mut self.errors);
        let kind = match kind {
            ScalarKind::String => Kind::Text(text.into_owned()),
            ScalarKind::Boolean(flag) => Kind::Flag(flag),
            ScalarKind::DateTime => Kind::Time(text.into_owned()),
            ScalarKind::Float => Kind::Real(text.parse().unwrap_or(f64::NAN)),
            ScalarKind::Integer(radix) => match i64::from_str_radix(&text, radix.value()) {
                Ok(whole) => Kind::Whole(whole),
                Err(_) => Kind::Real(text.parse().unwrap_or(f64::INFINITY)),
            },
        };
        Some(Value { kind, span: self.span(event) })
    }
}

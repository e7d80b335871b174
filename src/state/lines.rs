//! Files that hold one JSON value per line between brackets, so that they are valid JSON at every commit and grow by a
//! line: `[`, values separated by `,` and a line break, `]`.

use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Blob, ContentHash, StateError, StatePath};

/// The text of a file without values.
pub(super) const EMPTY: &str = "[\n]\n";
const OPEN: &str = "[\n";
const CLOSE: &str = "\n]\n";

/// The text of such a file. It hashes what it is given once: to grow by a line takes a line's work.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// Shared by all who know the file: it is copied when it grows.
    text: Arc<String>,
    /// Of everything before [`CLOSE`].
    hash: Sha256,
}

/// Texts are the same if they say the same.
impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Text {
    /// The text of a file, whatever it holds.
    pub(super) fn of(text: Arc<String>) -> Self {
        let hash = Sha256::new_with_prefix(before_close(&text));
        Self { text, hash }
    }

    /// The text of a file without values.
    pub(super) fn empty() -> Self {
        Self::of(Arc::new(EMPTY.to_owned()))
    }

    /// The text of a file, of which this may be the beginning.
    pub(super) fn followed_by(self, text: Arc<String>) -> Self {
        match before_close(&text).strip_prefix(before_close(&self.text)) {
            Some(more) if is_closed(&self.text) => {
                let hash = self.hash.chain_update(more);
                Self { text, hash }
            }
            _ => Self::of(text),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, to be kept.
    pub(super) fn shared(&self) -> Arc<String> {
        Arc::clone(&self.text)
    }

    /// The hash of a file, if this is its text.
    pub(super) fn hash_of(&self, blob: &Blob) -> Option<ContentHash> {
        let is_it = blob.text().is_some_and(|text| std::ptr::eq(text, self.as_str()));
        is_it.then(|| self.hash())
    }

    /// The hash of the whole text.
    pub(super) fn hash(&self) -> ContentHash {
        let close = if is_closed(&self.text) { CLOSE } else { "" };
        ContentHash::finish(self.hash.clone().chain_update(close))
    }

    /// The text with more lines at its end; the old bytes stay.
    pub(super) fn appended(&self, lines: &[&str]) -> Self {
        if !is_closed(&self.text) {
            return Self::empty().appended(lines);
        }
        let kept = before_close(&self.text);
        let more: usize = lines.iter().map(|line| line.len() + 2).sum();
        let mut text = String::with_capacity(self.text.len() + more);
        text.push_str(kept);
        for line in lines {
            text.push_str(if text == "[" { "\n" } else { ",\n" });
            text.push_str(line);
        }
        let hash = self.hash.clone().chain_update(&text[kept.len()..]);
        text.push_str(CLOSE);
        Self { text: Arc::new(text), hash }
    }
}

fn is_closed(text: &str) -> bool {
    text.ends_with(CLOSE)
}

fn before_close(text: &str) -> &str {
    text.strip_suffix(CLOSE).unwrap_or(text)
}

/// The lines that `text` has after those that it begins with as `known` does, and how many these are; `None` where they
/// share no line, or one of them is no such file.
fn after<'a>(known: &str, text: &'a str) -> Option<(&'a str, usize)> {
    let (known, text) = (known.strip_suffix(CLOSE)?, text.strip_suffix(CLOSE)?);
    let ends_line = |text: &str, at: usize| at == text.len() || text[at..].starts_with(",\n");
    let mut shared = shared_bytes(known.as_bytes(), text.as_bytes());
    // A line may go on in one of them where they part.
    while !(known.is_char_boundary(shared) && ends_line(known, shared) && ends_line(text, shared)) {
        shared = memchr::memmem::rfind(&known.as_bytes()[..shared], b",\n")?;
    }
    let kept = text[..shared].strip_prefix(OPEN)?;
    let more = text[shared..].strip_prefix(",\n").unwrap_or_default();
    Some((more, memchr::memchr_iter(b'\n', kept.as_bytes()).count() + 1))
}

/// How many bytes two texts have in common at their beginning.
fn shared_bytes(one: &[u8], other: &[u8]) -> usize {
    const AT_ONCE: usize = 4_096;
    let blocks = one.chunks(AT_ONCE).zip(other.chunks(AT_ONCE));
    let same = blocks.take_while(|(one, other)| one == other).map(|(one, _)| one.len()).sum();
    let rest = one[same..].iter().zip(&other[same..]);
    same + rest.take_while(|(one, other)| one == other).count()
}

/// What is wrong with a line: the parser counts within it, and its own "at line 1" would mislead.
pub(super) fn misread(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
    format!("column {}: {what}", error.column())
}

/// Reads each line with its number, from 1.
pub(super) fn read<T: Send>(
    path: StatePath,
    text: &str,
    parse: impl Fn(&str, &str, usize) -> Result<T, StateError> + Sync,
) -> Result<Vec<T>, StateError> {
    if text == EMPTY {
        return Ok(Vec::new());
    }
    let refuse = |line, message: &str| syntax(&path.to_string(), line, message);
    let body = text
        .strip_prefix(OPEN)
        .ok_or_else(|| refuse(1, "expected `[` on a line of its own, then one record per line"))?;
    let body = body.strip_suffix(CLOSE).ok_or_else(|| {
        refuse(text.lines().count().max(1), "expected `]` on a line of its own at the end")
    })?;
    // Line 1 is the bracket.
    read_lines(path, body, 2, parse)
}

/// Reads the lines that `text` has after those which were read before, as it shares them with `known`: how many these are,
/// and the others. `None` where they share none.
pub(super) fn read_more<T: Send>(
    path: StatePath,
    known: &str,
    text: &str,
    parse: impl Fn(&str, &str, usize) -> Result<T, StateError> + Sync,
) -> Result<Option<(usize, Vec<T>)>, StateError> {
    match after(known, text) {
        None => Ok(None),
        Some(("", kept)) => Ok(Some((kept, Vec::new()))),
        // Line 1 is the bracket.
        Some((more, kept)) => {
            read_lines(path, more, kept + 2, parse).map(|more| Some((kept, more)))
        }
    }
}

/// Lines of a text that was read.
pub(super) fn count(text: &str) -> usize {
    if text == EMPTY { 0 } else { memchr::memchr_iter(b'\n', text.as_bytes()).count() - 2 }
}

fn syntax(file: &str, line: usize, message: &str) -> StateError {
    StateError::Syntax { file: file.to_owned(), line, message: message.into() }
}

/// Lines from which on it pays to read them on several threads.
const MANY: usize = 64;

fn read_lines<T: Send>(
    path: StatePath,
    body: &str,
    first: usize,
    parse: impl Fn(&str, &str, usize) -> Result<T, StateError> + Sync,
) -> Result<Vec<T>, StateError> {
    let file = path.to_string();
    let lines: Vec<&str> = body.split('\n').collect();
    let read = |(index, line): (usize, &&str)| {
        let number = index + first;
        match (line.strip_suffix(','), index + 1 == lines.len()) {
            (Some(value), false) => parse(value, &file, number),
            (None, true) => parse(line, &file, number),
            (None, false) => Err(syntax(&file, number, "expected `,` after the record")),
            (Some(_), true) => Err(syntax(&file, number, "expected a record after the last `,`")),
        }
    };
    if lines.len() < MANY {
        return lines.iter().enumerate().map(read).collect();
    }
    let values: Vec<Result<T, StateError>> = lines.par_iter().enumerate().map(read).collect();
    // What is wrong is told of the first line that is wrong.
    values.into_iter().collect()
}

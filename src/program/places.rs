//! Where settings were set, kept for errors that are found only when files are looked for.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::error::{Problem, ProgramError};
use super::interpret::Spans;

/// What to say about a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// What is wrong, in one line.
    pub message: String,
    /// What was expected at the underlined place.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The places of all settings that are set, by `table.key`.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Places {
    by_key: BTreeMap<String, Place>,
}

#[derive(Debug, Clone, PartialEq)]
struct Place {
    file_name: Arc<str>,
    text: Arc<str>,
    span: Range<usize>,
}

impl Places {
    pub(super) fn of(file_name: &str, text: &str, spans: Spans) -> Self {
        let (file_name, text): (Arc<str>, Arc<str>) = (file_name.into(), text.into());
        let place = |span| Place { file_name: file_name.clone(), text: text.clone(), span };
        Self { by_key: spans.into_iter().map(|(key, span)| (key, place(span))).collect() }
    }

    /// What a later text sets is set there.
    pub(super) fn overlay(&mut self, later: Self) {
        self.by_key.extend(later.by_key);
    }

    pub(super) fn objection(
        &self,
        key: &str,
        word: &str,
        words: Objection,
    ) -> Option<ProgramError> {
        let place = self.by_key.get(key)?;
        let setting = place.text.get(place.span.clone()).unwrap_or_default();
        // In quotes, so that a symbol isn't found inside of another's name.
        let quoted = format!("\"{word}\"");
        let span = match setting.find(&quoted) {
            Some(at) => place.span.start + at..place.span.start + at + quoted.len(),
            None => place.span.clone(),
        };
        let mut problem = Problem::new(words.message, span).label(words.label);
        problem.help = words.help;
        Some(ProgramError::new(&place.file_name, place.text.as_ref().to_owned(), vec![problem]))
    }
}

//! What is wrong with a text, and where: one form for people and for models.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A byte range of a text.
pub type Span = Range<usize>;

/// A finding about a text: what is wrong, the place, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, in one line.
    pub message: String,
    /// The place, as a byte range of the source text.
    pub span: Span,
    /// What was expected there; shown beside the underline.
    pub label: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The text that the span points into, once it is known.
    pub source: Option<Box<Source>>,
}

/// A named text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Shown as the origin: a file name, or `long.enter`.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Diagnostic {
    /// A finding with the place underlined and `label` beside it.
    pub fn new(message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self { message: message.into(), span, label: label.into(), help: None, source: None }
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a help line if there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Says which text the span points into, unless that is known already. `offset` is where the
    /// text that the span was made for begins in `text`.
    #[must_use]
    pub fn within(mut self, name: &str, text: &str, offset: usize) -> Self {
        if self.source.is_none() {
            self.span = self.span.start + offset..self.span.end + offset;
            self.source = Some(Box::new(Source { name: name.into(), text: text.into() }));
        }
        self
    }

    /// Line and column, from 1, of the place; none before [`Self::within`].
    pub fn line_column(&self) -> Option<(usize, usize)> {
        let source = self.source.as_ref()?;
        let before = source.text.get(..self.span.start.min(source.text.len()))?;
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Some((line, column))
    }

    /// The finding with its source line underlined, as compilers print it; `color` adds ANSI codes.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let source = self.source.clone().unwrap_or_default();
        // A renderer must never meet a span outside its text, whatever made the diagnostic.
        let start = floor_char(&source.text, self.span.start);
        let end = floor_char(&source.text, self.span.end).max(start);
        let snippet = Snippet::source(source.text.as_str())
            .path(source.name.as_str())
            .annotation(AnnotationKind::Primary.span(start..end).label(self.label.as_str()));
        let mut group: Group<'_> =
            Level::ERROR.primary_title(self.message.as_str()).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl Default for Source {
    fn default() -> Self {
        Self { name: "expression".into(), text: String::new() }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostic {}

fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

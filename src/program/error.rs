//! What is wrong with a program, with the lines it is wrong in, rendered the way rustc does.
//!
//! Never prints: it returns text.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Most problems that one error renders; the rest is counted. A file that isn't a program at all
/// shouldn't fill the screen.
pub const MAX_SHOWN: usize = 25;

/// Columns of a rendered message. Fixed, so that logs read the same everywhere.
const WIDTH: usize = 120;

/// One problem of a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Line of the file, from 1; the running number of the `--set` for an override.
    pub line: usize,
    /// What is wrong and what was expected, in one line.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Words beside the underlined place.
    pub label: String,
    /// The underlined place, in bytes of the text; `None` if the problem is the file as a whole.
    span: Option<Range<usize>>,
    /// A second place that belongs to it, with its words.
    related: Option<Box<(Range<usize>, String)>>,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { span: Some(span), ..Self::about_file(message) }
    }

    pub(super) fn about_file(message: impl Into<String>) -> Self {
        Self {
            line: 1,
            message: message.into(),
            help: None,
            label: String::new(),
            span: None,
            related: None,
        }
    }

    pub(super) fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(super) fn related(self, span: Range<usize>, label: impl Into<String>) -> Self {
        Self { related: Some(Box::new((span, label.into()))), ..self }
    }

    fn start(&self) -> usize {
        self.span.as_ref().map_or(0, |span| span.start)
    }
}

/// Everything that is wrong with a program or with overrides of its settings.
///
/// Displays as plain text that quotes each line; [`ProgramError::render`] adds colour.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.render(false))]
pub struct ProgramError {
    file_name: String,
    text: String,
    problems: Vec<Problem>,
}

impl ProgramError {
    pub(super) fn new(file_name: &str, text: String, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(Problem::start);
        let lines = Lines::of(&text);
        for problem in &mut problems {
            problem.line = lines.at(problem.start());
        }
        Self { file_name: file_name.into(), text, problems }
    }

    /// The file, or `--set`.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// All problems in the order of the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The text to show, with ANSI colours if `styled`; no newline at the end.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(WIDTH);
        let mut shown: Vec<String> = self
            .problems
            .iter()
            .take(MAX_SHOWN)
            .map(|problem| renderer.render(&[self.report(problem)]))
            .collect();
        let hidden = self.problems.len().saturating_sub(MAX_SHOWN);
        if hidden > 0 {
            shown.push(format!("… and {hidden} more problems in {}", self.file_name));
        }
        shown.join("\n\n")
    }

    fn report<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let title = Level::ERROR.primary_title(problem.message.as_str());
        let group = match &problem.span {
            None => title.element(Origin::path(self.file_name.as_str())),
            Some(span) => title.element(self.snippet(problem, span)),
        };
        match &problem.help {
            None => group,
            Some(help) => group.element(Level::HELP.message(help.as_str())),
        }
    }

    fn snippet<'a>(
        &'a self,
        problem: &'a Problem,
        span: &Range<usize>,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        // Only the lines in question go to the renderer, which otherwise walks the whole file.
        let (mut first, mut last) = (span.start, span.end);
        if let Some(related) = &problem.related {
            first = first.min(related.0.start);
            last = last.max(related.0.end);
        }
        let first = self.text.floor_char_boundary(first);
        let last = self.text.floor_char_boundary(last);
        let from = self.text[..first].rfind('\n').map_or(0, |at| at + 1);
        let to = self.text[last..].find('\n').map_or(self.text.len(), |at| last + at);
        let place = |range: &Range<usize>| {
            let start = self.text.floor_char_boundary(range.start).clamp(from, to);
            let end = self.text.ceil_char_boundary(range.end).clamp(start, to);
            start - from..end - from
        };
        let mut snippet = Snippet::source(&self.text[from..to])
            .path(self.file_name.as_str())
            .line_start(Lines::of(&self.text).at(from));
        if let Some((other, label)) = problem.related.as_deref() {
            let note = AnnotationKind::Context.span(place(other)).label(label.as_str());
            snippet = snippet.annotation(note);
        }
        let label = Some(problem.label.as_str()).filter(|label| !label.is_empty());
        snippet.annotation(AnnotationKind::Primary.span(place(span)).label(label))
    }
}

/// Line numbers of a text. Asked for each key and each problem, so they are not counted each time.
pub(super) struct Lines {
    ends: Vec<usize>,
}

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self { ends: text.match_indices('\n').map(|(at, _)| at).collect() }
    }

    /// Line of a byte offset, from 1.
    pub(super) fn at(&self, offset: usize) -> usize {
        1 + self.ends.partition_point(|end| *end < offset)
    }
}

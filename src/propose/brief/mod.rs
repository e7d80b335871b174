//! The brief: all that a model or an agent is told, as one text made from the program and a
//! [`Disclosure`], and from nothing else.
//!
//! The same program and disclosure give the same bytes. What stays the same from iteration to iteration
//! comes first, so that an endpoint can keep it. Its length is bounded: the history enters as a digest by
//! family of idea and as its last ten iterations, so that iteration 5,000 is told as much as iteration 50.
//! What others wrote (hypotheses, reasons, diagnostics) is quoted as data.

mod history;
mod incumbent;
mod language;
mod now;
mod task;

use serde::Serialize;

use super::Disclosure;
use crate::program::Program;

/// Bytes that are counted as one token. English and code have some four, so the estimate is high.
const BYTES_PER_TOKEN: usize = 3;

/// Shares of what is left for the parts that may be cut, in percent, in the order of [`Brief`].
const PROGRAM_SHARE: usize = 35;
const INCUMBENT_SHARE: usize = 25;
const HISTORY_SHARE: usize = 40;

/// The text for a proposer that reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brief {
    /// Sections that are the same in every iteration of a program: the task, the form of the reply, the
    /// language.
    pub lasting: Vec<Section>,
    /// Sections of this iteration: the program, the incumbent, the history, what is wanted now.
    pub current: Vec<Section>,
}

/// A part of the brief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// What stands below it, as Markdown.
    pub text: String,
}

/// How a reader answers, which the brief has to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// With one JSON object.
    Json,
    /// By editing `strategy.toml` in its folder, and writing `HYPOTHESIS.md`.
    Files,
}

impl Brief {
    /// The sections that stay the same, as one text.
    pub fn lasting_text(&self) -> String {
        text(&self.lasting)
    }

    /// The sections of this iteration, as one text.
    pub fn current_text(&self) -> String {
        text(&self.current)
    }

    /// The whole brief.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.lasting_text(), self.current_text())
    }
}

/// Tokens of a text, by a high estimate.
pub fn tokens(text: &str) -> u64 {
    text.len().div_ceil(BYTES_PER_TOKEN) as u64
}

/// Writes the brief in at most `[proposer] brief_tokens`, as estimated by [`tokens`].
///
/// What is cut says so: the program's prose first at its share, then the oldest and rarest of the history.
/// Task, reply and language are always whole; a limit that they alone pass (the table of settings doesn't
/// allow one) leaves the other sections at a few lines each.
pub fn brief(program: &Program, disclosure: &Disclosure, answer: Answer) -> Brief {
    let lasting = vec![
        Section { title: "Task", text: task::task() },
        Section { title: "Reply", text: task::reply(answer) },
        Section { title: "Language", text: language::language() },
    ];
    let settings =
        Section { title: "Rules of the evaluation", text: task::settings(program, disclosure) };
    let now = Section { title: "Now", text: now::now(disclosure) };
    let diagnostics = incumbent::diagnostics(disclosure.diagnostics.as_ref());
    let diagnostics = Section { title: "How the incumbent did in-sample", text: diagnostics };

    let most = program.settings.proposer.brief_tokens as usize * BYTES_PER_TOKEN;
    let whole = text(&lasting).len()
        + [&settings, &now, &diagnostics]
            .map(|section| section.text.len() + 80)
            .iter()
            .sum::<usize>();
    let left = most.saturating_sub(whole + 400).max(1_000);
    let share = |percent: usize| left * percent / 100;
    let current = vec![
        Section { title: "Research program", text: task::prose(program, share(PROGRAM_SHARE)) },
        settings,
        Section {
            title: "Incumbent",
            text: incumbent::file(&disclosure.incumbent, share(INCUMBENT_SHARE)),
        },
        diagnostics,
        Section { title: "History", text: history::digest(disclosure, share(HISTORY_SHARE)) },
        now,
    ];
    Brief { lasting, current }
}

fn text(sections: &[Section]) -> String {
    let sections = sections.iter().map(|s| format!("# {}\n\n{}\n", s.title, s.text.trim_end()));
    sections.collect::<Vec<_>>().join("\n")
}

/// The first lines of a text that fit into so many bytes, and how much was left out.
fn clipped(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.into();
    }
    // Room for the remark.
    let most = most.saturating_sub(40);
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if end + line.len() > most {
            break;
        }
        end += line.len();
    }
    if end == 0 {
        // One long line: as many whole characters as fit.
        end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    }
    let kept = text.get(..end).unwrap_or_default().trim_end();
    format!("{kept}\n[{} bytes left out]\n", text.len() - end)
}

/// A text as a fenced block that its content can't close.
fn fenced(label: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{label}\n{}\n{fence}\n", text.trim_end())
}

/// Somebody's words in one line and in JSON's quotes: data, wherever it stands.
fn quoted(text: &str, most: usize) -> String {
    serde_json::Value::from(crate::text::line(text, most)).to_string()
}

/// A number with as many digits as anybody reads.
fn number(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(x) if x.fract() == 0.0 && x.abs() < 1e9 => format!("{x:.0}"),
        Some(x) if x.abs() >= 100.0 => format!("{x:.0}"),
        Some(x) => format!("{x:.3}"),
    }
}

/// A fraction in percent.
fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |x| format!("{:.2} %", 100.0 * x))
}

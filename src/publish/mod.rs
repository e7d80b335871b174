//! What others read of an iteration: commit message, log, status, details, as text made from records.
//!
//! Never touches git, the disk, the network or the clock.

mod chart;
pub mod details;
pub mod honesty;
pub mod pull_request;
pub mod report;
pub mod review;
pub mod summary;

pub use honesty::{look_message, outcome_message};

use std::fmt::Write;

use crate::state::{Edit, Record, Verdict};
use crate::text;

/// Longest subject line; longer titles are cut at a word.
const SUBJECT: usize = 110;
/// Most characters of a hypothesis, of a reason and of an edit in a commit message.
const WORDS: usize = 1_000;
const REASON: usize = 2_000;
const EDIT: usize = 5_000;

/// The commit message of an iteration. `before` is the incumbent's score that it had to beat.
///
/// The subject reads well in `git log --oneline`; the trailers are for machines.
pub fn commit_message(record: &Record, before: Option<f64>) -> String {
    let mut message = subject(record, before);
    if let Some(hypothesis) = &record.hypothesis {
        let _ = write!(message, "\n\n{}", wrap(&text::for_commit(hypothesis, WORDS)));
    }
    let reason = text::for_commit(&record.reason, REASON);
    let _ = write!(message, "\n\n{}", wrap(&format!("Verdict: {reason}.")));
    if let Some(luck) = &record.luck {
        let _ = write!(message, "\n\n{}", wrap(&honesty::paragraph(luck)));
    }
    if !record.edits.is_empty() {
        message.push_str("\n\n");
        let edit = |edit: &Edit| format!("- {}", text::for_commit(&edit.to_string(), EDIT));
        message.push_str(&record.edits.iter().map(edit).collect::<Vec<_>>().join("\n"));
    }
    message.push_str("\n\n");
    message.push_str(&trailers(record));
    message
}

/// One line: number, verdict, score and its change, and what it was about.
pub fn subject(record: &Record, before: Option<f64>) -> String {
    let mut subject = format!("iteration {}: {}", record.iteration, name(record.verdict));
    if let Some(score) = record.score {
        let _ = write!(subject, ", score {score:.2}");
        if let Some(before) = before {
            let _ = write!(subject, " ({})", change(score - before));
        }
    }
    let title = match &record.hypothesis {
        // Of what was never tried, what is wrong with it says more than what it was to show.
        Some(hypothesis) if record.verdict != Verdict::Invalid => hypothesis.as_str(),
        _ => record.reason.as_str(),
    };
    let title = title.lines().next().unwrap_or_default();
    let title = text::for_commit(title, WORDS);
    let title = title.trim_end_matches('.');
    if !title.is_empty() {
        let room = SUBJECT.saturating_sub(subject.len() + 2);
        let _ = write!(subject, ": {}", shorten(title, room));
    }
    subject
}

/// A change of score with its sign; what rounds to nothing has none.
pub fn change(delta: f64) -> String {
    let text = format!("{delta:+.2}");
    if text == "-0.00" { "+0.00".into() } else { text }
}

/// The word for a verdict, as in JSON.
pub fn name(verdict: Verdict) -> String {
    match serde_json::to_value(verdict) {
        Ok(serde_json::Value::String(name)) => name,
        _ => format!("{verdict:?}").to_lowercase(),
    }
}

fn trailers(record: &Record) -> String {
    let mut trailers = vec![
        format!("Sprag-Iteration: {}", record.iteration),
        format!("Sprag-Verdict: {}", name(record.verdict)),
    ];
    trailers.extend(record.score.map(|score| format!("Sprag-Score: {score}")));
    trailers.extend(record.candidate.as_ref().map(|hash| format!("Sprag-Candidate: {hash}")));
    trailers.push(format!("Sprag-Epoch: {}", record.epoch));
    trailers.join("\n") + "\n"
}

/// The longest run of whole words that fits, with an ellipsis if something was left out.
fn shorten(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.into();
    }
    let mut short = String::new();
    for word in text.split_whitespace() {
        if short.chars().count() + word.chars().count() + 2 > room {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short + "…"
}

/// Breaks text into lines of at most 100 characters, between words. Text from proposers may contain
/// anything: a line that looks like a trailer must not become one, so lines are joined first.
fn wrap(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].len() + 1 + word.len() > 100 {
            lines.push(word.into());
            continue;
        }
        if !lines[last].is_empty() {
            lines[last].push(' ');
        }
        lines[last].push_str(word);
    }
    lines.join("\n")
}

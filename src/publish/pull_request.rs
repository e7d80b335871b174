//! What a pull request says: title, body, the report that it adds, comments, the message of its commit.
//!
//! Words of proposers and of people are escaped; nothing of them becomes markup, a mention, a marker or a trailer. The
//! loop's own marker comes first in a body, where no quoted text can come before it.

use std::fmt::Write;

use super::{commit_message, details::number, honesty, subject};
use crate::review::{Answer, Marker, RECORD_TRAILER, Receipt};
use crate::state::{PullState, Record, Verdict};
use crate::text::markdown;

const TITLE: usize = 200;
const WORDS: usize = 1_000;
const REASON: usize = 2_000;
/// Edits that are listed, and characters of each.
const EDITS: usize = 50;
const EDIT: usize = 500;
/// Characters of a body; GitHub takes 65,536.
const BODY: usize = 60_000;

/// One line: the iteration, its score and the change of it, and what it is about.
pub fn title(record: &Record, incumbent: Option<&Record>) -> String {
    crate::text::shortened(&subject(record, before(record, incumbent)), TITLE)
}

/// The body of a pull request, with its receipt.
pub fn body(receipt: &Receipt, report: &str) -> String {
    let how = "Merge it to make it the incumbent. Close it with a comment that says why, and the next proposals are told. \
               Commits to its branch are evaluated on the next run. `/sprag retry`, `/sprag hold` and `/sprag hint …` in a \
               comment are answered on the next run.";
    crate::text::shortened(&format!("{receipt}\n{report}\n---\n\n{how}\n"), BODY)
}

/// What became of a candidate, as Markdown.
pub fn report(record: &Record, incumbent: Option<&Record>) -> String {
    let mut text = format!("### {}\n", markdown::line(&title(record, incumbent), TITLE));
    if let Some(hypothesis) = &record.hypothesis {
        let _ = write!(text, "\n{}\n", markdown::line(hypothesis, WORDS));
    }
    let _ = write!(text, "\nVerdict: {}.\n", markdown::line(&record.reason, REASON));
    text.push_str(&edits(record));
    text.push_str(&figures(record, incumbent));
    text.push_str(&gates(record));
    if let Some(luck) = &record.luck {
        let _ = write!(text, "\n{}\n", markdown::line(&honesty::paragraph(luck), WORDS));
    }
    let _ = write!(text, "\nTo replay it: `sprag verify {}`\n", record.iteration);
    text
}

fn edits(record: &Record) -> String {
    let mut text = String::new();
    for edit in record.edits.iter().take(EDITS) {
        let _ = writeln!(text, "- {}", markdown::code(&edit.to_string(), EDIT));
    }
    match record.edits.len().saturating_sub(EDITS) {
        0 => {}
        more => {
            let _ = writeln!(text, "- and {more} more");
        }
    }
    section("What changes", &text)
}

/// Figures of both spans, the incumbent's beside the candidate's.
fn figures(record: &Record, incumbent: Option<&Record>) -> String {
    if record.out_of_sample.is_none() {
        return String::new();
    }
    let of =
        |record: Option<&Record>, span: fn(&Record) -> Option<&serde_json::Value>, name: &str| {
            let value = record.and_then(span).and_then(|metrics| metrics.get(name)?.as_f64());
            number(value)
        };
    let incumbent = incumbent.filter(|incumbent| incumbent.epoch == record.epoch);
    let mut text = String::from("| | incumbent | candidate |\n|---|---:|---:|\n");
    let score = |record: Option<&Record>| number(record.and_then(|record| record.score));
    let _ = writeln!(text, "| score | {} | {} |", score(incumbent), score(Some(record)));
    let in_sample: fn(&Record) -> Option<&serde_json::Value> = |r| r.in_sample.as_ref();
    let out_of_sample: fn(&Record) -> Option<&serde_json::Value> = |r| r.out_of_sample.as_ref();
    for (span, metrics) in [("in-sample", in_sample), ("out-of-sample", out_of_sample)] {
        for name in ["total_return", "sharpe", "max_drawdown", "trades", "return_per_trade"] {
            let _ = writeln!(
                text,
                "| {} {span} | {} | {} |",
                name.replace('_', " "),
                of(incumbent, metrics, name),
                of(Some(record), metrics, name)
            );
        }
    }
    section("Results", &text)
}

fn gates(record: &Record) -> String {
    if record.gates.is_empty() {
        return String::new();
    }
    let mut text = String::from("| gate | | value | limit |\n|---|---|---:|---:|\n");
    for gate in &record.gates {
        let mark = if gate.pass { "passed" } else { "**failed**" };
        let (value, limit) = (number(gate.value), number(gate.limit));
        let _ = writeln!(text, "| {} | {mark} | {value} | {limit} |", markdown::line(&gate.id, 60));
    }
    section("Gates", &text)
}

fn section(title: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\n#### {title}\n\n{text}") }
}

/// A comment that tells what a record made of the pull request of an iteration.
pub fn told(iteration: u64, record: &Record, incumbent: Option<&Record>) -> String {
    let number = record.iteration;
    let reason = markdown::line(&record.reason, REASON);
    let pull = record.pull_request.as_ref().filter(|pull| pull.iteration == iteration);
    let head = match (pull.map(|pull| pull.state), record.verdict) {
        (None, _) => {
            let score = number_of(record);
            return format!(
                "Closed: iteration {number} ({score}) does better, and no more may wait for review at once \
                 (`[publish] max_open`)."
            );
        }
        (Some(PullState::Declined), _) => {
            return format!(
                "Recorded as declined, in iteration {number}. What proposers are told of it: {reason}"
            );
        }
        (Some(PullState::Withdrawn), _) => {
            format!("Closed: held against the incumbent of now, it is no better ({reason}).")
        }
        (_, Verdict::Accepted) => "Evaluated: it beats the incumbent of now.".into(),
        (_, Verdict::Invalid) => format!("It can't be evaluated: {reason}"),
        _ => format!("Evaluated: it doesn't beat the incumbent of now ({reason})."),
    };
    let why = match pull.and_then(|pull| pull.commit.as_deref()) {
        Some(commit) => format!(" This is of commit {}.", markdown::line(commit, 40)),
        None => String::new(),
    };
    format!("{head}{why} It is iteration {number}.\n\n{}", report(record, incumbent))
}

fn number_of(record: &Record) -> String {
    record.score.map_or_else(|| "no score".into(), |score| format!("score {score:.2}"))
}

/// The answer to a comment.
pub fn answered(answer: &Answer, records: &[Record]) -> String {
    let outcome = |iteration: u64| {
        let record = records.get(usize::try_from(iteration).unwrap_or(usize::MAX));
        record.map_or_else(String::new, |record| {
            format!(" It ended so: {}", markdown::line(&subject(record, None), TITLE))
        })
    };
    match answer {
        Answer::Tried(iteration) => {
            format!("Iteration {iteration} took that up.{}", outcome(*iteration))
        }
        Answer::NoReader => "Nobody who proposes here reads hints: that takes a model or an agent (`[proposer] kind`)."
            .into(),
        Answer::Again(iteration) => {
            format!("Evaluated once more, as iteration {iteration}.{}", outcome(*iteration))
        }
        Answer::Held => {
            "It stays open until a person merges or closes it; `/sprag retry` ends that.".into()
        }
        Answer::Unknown => {
            "There is no such command. There are `/sprag hint TEXT`, `/sprag retry` and `/sprag hold`.".into()
        }
    }
}

/// A comment with its marker.
pub fn comment(marker: Marker, body: &str) -> String {
    crate::text::shortened(&format!("{marker}\n{body}"), BODY)
}

/// The message of the commit on a branch.
pub fn branch_message(record: &Record, incumbent: Option<&Record>) -> String {
    let message = commit_message(record, before(record, incumbent));
    format!("{}{RECORD_TRAILER}{}\n", message, record.iteration)
}

/// The score to beat, where it can be compared.
fn before(record: &Record, incumbent: Option<&Record>) -> Option<f64> {
    incumbent.filter(|incumbent| incumbent.epoch == record.epoch)?.score
}

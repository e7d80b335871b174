//! What a pull request says around its report: title, body, comments, the message of its commit.
//!
//! Words of proposers and of people are escaped; nothing of them becomes markup, a mention, a marker or a trailer. The
//! loop's own marker comes first in a body, where no quoted text can come before it.

use std::sync::Arc;

use super::{commit_message, report, subject};
use crate::review::{Answer, Marker, RECORD_TRAILER, Receipt};
use crate::state::{PullState, Record, Verdict};
use crate::text::markdown;

const TITLE: usize = 200;
const REASON: usize = 2_000;
/// Characters of a body or a comment: a report, and what stands around it.
const BODY: usize = report::BODY_CHARS - 500;

/// One line: the iteration, its score and the change of it, and what it is about.
pub fn title(record: &Record, incumbent: Option<&Record>) -> String {
    crate::text::shortened(&subject(record, before(record, incumbent)), TITLE)
}

/// The body of a pull request: its receipt, the report, and what a reviewer can do.
pub fn body(receipt: &Receipt, report: &str) -> String {
    let how = "Merge it to make it the incumbent. Close it with a comment that says why, and the next proposals are told. \
               Commits to its branch are evaluated on the next run. `/sprag retry`, `/sprag hold` and `/sprag hint …` in a \
               comment are answered on the next run.";
    crate::text::shortened(&format!("{receipt}\n{report}\n---\n\n{how}\n"), BODY)
}

/// The body of one that is about to be opened: that everything is done is said when it is.
pub fn without_receipt(body: &str) -> String {
    body.split_once('\n').map_or(body, |(_, rest)| rest).to_owned()
}

/// A comment that tells what a record made of the pull request of an iteration.
pub fn told(iteration: u64, record: &Record, report: &str) -> String {
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
    format!("{head}{why} It is iteration {number}.\n\n{report}")
}

fn number_of(record: &Record) -> String {
    record.score.map_or_else(|| "no score".into(), |score| format!("score {score:.2}"))
}

/// The answer to a comment.
pub fn answered(answer: &Answer, records: &[Arc<Record>]) -> String {
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

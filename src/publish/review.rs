//! What a run does about pull requests, in a line each.

use crate::review::{Answer, Cause, Due, Effect, branch};

/// What a person did, and is taken in.
pub fn taking_in(due: &Due) -> String {
    match due {
        Due::Merge { number, iteration, incumbent, .. } => {
            let after =
                if *incumbent { "" } else { "; the base branch holds something else by now" };
            format!("pull request {number} of iteration {iteration} was merged{after}")
        }
        Due::Decline { number, iteration, .. } => {
            format!("pull request {number} of iteration {iteration} was closed: recording why")
        }
        Due::Candidate { number, commit, .. } => {
            format!("pull request {number} has commits of a person: evaluating {commit}")
        }
        Due::Again { iteration, cause, .. } => {
            let why = match cause {
                Cause::Moved => "the incumbent or the evaluation is another",
                Cause::Asked(_) => "somebody asked for it",
                Cause::Reopened => "somebody opened it again",
            };
            format!("evaluating the candidate of iteration {iteration} once more: {why}")
        }
    }
}

/// What is done at the forge.
pub fn doing(effect: &Effect) -> String {
    match effect {
        Effect::Push { iteration, from: None, .. } => {
            format!("pushing branch {}", branch(*iteration))
        }
        Effect::Push { iteration, .. } => format!("moving branch {} forward", branch(*iteration)),
        Effect::Open { iteration, .. } => {
            format!("opening a pull request for iteration {iteration}")
        }
        Effect::Tell { number, record, .. } => {
            format!("telling pull request {number} of iteration {record}")
        }
        Effect::Close { number } => format!("closing pull request {number}"),
        Effect::Answer { number, answer, .. } => {
            let what = match answer {
                Answer::Tried(_) | Answer::NoReader => "a hint",
                Answer::Again(_) => "`/sprag retry`",
                Answer::Held => "`/sprag hold`",
                Answer::Unknown => "a command",
            };
            format!("answering {what} on pull request {number}")
        }
        Effect::Describe { number, .. } => format!("renewing the text of pull request {number}"),
    }
}

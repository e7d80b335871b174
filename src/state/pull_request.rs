//! What records and status.json say of pull requests, where candidates are published for review.
//!
//! A record says what became of a pull request by it: it is to wait for review, it was merged, declined, withdrawn. So
//! the history alone says which ones wait; what a forge shows is held against that.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Record, Verdict};

/// What a record makes of a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PullState {
    /// It waits for a reviewer, with the candidate of this record.
    Waiting,
    /// It is not opened: as many as may wait do, none of them worse.
    NoRoom,
    /// A reviewer merged it.
    Merged,
    /// A reviewer closed it.
    Declined,
    /// The loop closed it: it is no better than the incumbent of now.
    Withdrawn,
}

/// What a record says of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PullRequest {
    /// The iteration that it is of: its branch is named after it.
    pub iteration: u64,
    /// What becomes of it by this record.
    pub state: PullState,
    /// Its number at the forge; null before it is opened.
    pub number: Option<u64>,
    /// Who merged or declined it, gave a reason, or committed to its branch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
    /// The commit of a person that was evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The comment that asked for this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<u64>,
    /// The iteration of a waiting one that this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u64>,
    /// Whether the record's candidate is the incumbent from here on: a merged one that the base branch holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incumbent: bool,
}

impl PullRequest {
    /// Of an iteration, in a state, with nothing more to say.
    pub fn new(iteration: u64, state: PullState) -> Self {
        Self {
            iteration,
            state,
            number: None,
            by: Vec::new(),
            commit: None,
            asked: None,
            replaces: None,
            incumbent: false,
        }
    }
}

/// A pull request that waits for review, as status.json lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    /// The iteration that it is of.
    pub iteration: u64,
    /// The last record about it: what its branch and its text are to show.
    pub record: u64,
    /// Hash of the candidate on its branch; null where a person's commits made it no valid strategy.
    pub candidate: Option<String>,
    /// Its score, in the epoch and against the incumbent of that record.
    pub score: Option<f64>,
    /// The epoch in which it was scored.
    pub epoch: String,
    /// Hash of the incumbent that it was held against.
    pub parent: Option<String>,
    /// The last commit of a person that was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its number at the forge, as far as a record knows it.
    pub number: Option<u64>,
}

/// Brings the list of waiting ones from before a record to after it.
pub(super) fn after(waiting: &mut Vec<Waiting>, record: &Record) {
    let Some(pull) = &record.pull_request else { return };
    waiting.retain(|other| Some(other.iteration) != pull.replaces);
    let at = waiting.iter().position(|other| other.iteration == pull.iteration);
    let before = at.map(|at| waiting.remove(at));
    if pull.state != PullState::Waiting {
        return;
    }
    let (commit, number) = before.map_or((None, None), |before| (before.commit, before.number));
    waiting.push(Waiting {
        iteration: pull.iteration,
        record: record.iteration,
        candidate: record.candidate.clone().filter(|_| record.verdict != Verdict::Invalid),
        score: record.score,
        epoch: record.epoch.clone(),
        parent: record.parent.clone(),
        commit: pull.commit.clone().or(commit),
        number: pull.number.or(number),
    });
    waiting.sort_by_key(|other| other.iteration);
}

//! Pull requests and what people do to them: from what the history says and what the forge shows to what is to be
//! recorded, and then to what is to be done at the forge.
//!
//! The history is what should be, the forge is what is. First [`due()`] says what people did that isn't recorded yet: merged,
//! closed, committed, asked. When nothing is due, [`effects()`] says what the forge doesn't show yet: branches, pull requests,
//! answers. So whatever a run leaves undone, the next one finds. Invariants:
//!
//! 1. At most one pull request per iteration, at most one comment per record and per question.
//! 2. Only people with write access are listened to, and what they say is data.
//! 3. A branch with commits that nobody has looked at isn't moved.
//! 4. What belongs to another history is refused and left alone.
//!
//! Never touches a forge, git, the clock, or a strategy but as text.

mod commands;
mod due;
mod effects;
mod names;
mod room;
mod seen;

pub use commands::{Command, MOST_HINT};
pub use due::{Cause, Due, due};
pub use effects::{Answer, Effect, effects};
pub use names::{
    Marker, RECORD_TRAILER, Receipt, branch, iteration_of, picture_path, record_of, report_path,
};
pub use room::{Room, room};
pub use seen::{Base, Comment, Pull, Seen, Stage, Tip};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::state::{PullState, Record, Waiting};

/// Hints of one pull request that outlive it.
const MOST_LAST_WISHES: usize = 10;

/// What is recorded, and what the forge shows.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// All records.
    pub records: &'a [Arc<Record>],
    /// Pull requests that wait, as status.json lists them.
    pub waiting: &'a [Waiting],
    /// Epoch and hash of the incumbent.
    pub incumbent: (&'a str, &'a str),
    /// Hash of the base branch's strategy; `None` where it has none that is valid.
    pub base: Option<&'a str>,
    /// What the forge shows.
    pub seen: &'a Seen,
}

/// A pull request that was made for another history than this one: the ledger was set back or replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "pull request #{number} is of a candidate of iteration {iteration} that this history doesn't have: the ledger branch \
     was set back, or is another. Nothing was changed. Bring the ledger branch back to where it was, or close #{number} and \
     delete its branch `{}` to go on without it",
    names::branch(*iteration)
)]
pub struct Foreign {
    /// The pull request.
    pub number: u64,
    /// The iteration that its branch names.
    pub iteration: u64,
}

impl<'a> View<'a> {
    fn waits(&self, iteration: u64) -> Option<&'a Waiting> {
        self.waiting.iter().find(|waiting| waiting.iteration == iteration)
    }

    fn record(&self, iteration: u64) -> Option<&'a Record> {
        self.records.get(usize::try_from(iteration).ok()?).map(AsRef::as_ref)
    }

    /// Records about the pull request of an iteration, oldest first: its own, and those that took its place.
    fn about(&self, iteration: u64) -> impl DoubleEndedIterator<Item = &'a Record> {
        let from = usize::try_from(iteration).unwrap_or(usize::MAX).min(self.records.len());
        self.records[from..].iter().map(AsRef::as_ref).filter(move |record| {
            let pull = record.pull_request.as_ref();
            pull.is_some_and(|p| p.iteration == iteration || p.replaces == Some(iteration))
        })
    }

    /// The text that the branch of a waiting one is to hold; `None` where a person made it no valid strategy.
    fn text(&self, waiting: &Waiting) -> Option<&'a str> {
        waiting.candidate.as_ref()?;
        self.record(waiting.record)?.strategy.as_deref()
    }

    /// Whether a pull request is of this history.
    fn is_ours(&self, pull: &Pull) -> bool {
        let origin = self.record(pull.iteration).and_then(|record| record.candidate.as_deref());
        match &pull.receipt {
            Some(receipt) => {
                receipt.iteration == pull.iteration && Some(receipt.origin.as_str()) == origin
            }
            // A person took the mark away: the branch's name has to do.
            None => self.about(pull.iteration).next().is_some(),
        }
    }

    /// Pull requests of this history.
    ///
    /// # Errors
    /// One that is of another history and still there.
    fn pulls(&self) -> Result<Vec<&'a Pull>, Foreign> {
        let mut pulls = Vec::with_capacity(self.seen.pulls.len());
        for pull in &self.seen.pulls {
            if self.is_ours(pull) {
                pulls.push(pull);
                continue;
            }
            let is_in_the_way = pull.stage == Stage::Open && pull.receipt.is_some()
                || self.waits(pull.iteration).is_some() && pull.tip.is_some();
            if is_in_the_way {
                return Err(Foreign { number: pull.number, iteration: pull.iteration });
            }
        }
        Ok(pulls)
    }
}

/// What a forge may show before the first record: nothing that the loop made and that is still open.
///
/// # Errors
/// See [`Foreign`].
pub fn at_the_beginning(seen: &Seen) -> Result<(), Foreign> {
    let mut open = seen.pulls.iter().filter(|pull| pull.stage == Stage::Open);
    match open.find(|pull| pull.receipt.is_some()) {
        Some(pull) => Err(Foreign { number: pull.number, iteration: pull.iteration }),
        None => Ok(()),
    }
}

/// Iterations that a forge has to be asked about.
pub fn about(waiting: &[Waiting]) -> BTreeSet<u64> {
    waiting.iter().map(|waiting| waiting.iteration).collect()
}

/// Whether the last word of those who may say so is to leave it open.
fn is_held(pull: &Pull) -> bool {
    let asked = pull.said().filter_map(|comment| Command::find(&comment.body));
    asked.filter(|command| matches!(command, Command::Hold | Command::Retry)).last()
        == Some(Command::Hold)
}

/// Iterations whose pull requests people want left open.
pub fn held(seen: &Seen) -> BTreeSet<u64> {
    seen.pulls.iter().filter(|pull| is_held(pull)).map(|pull| pull.iteration).collect()
}

/// What people want tried, oldest first, as far as no iteration took it up.
pub fn wishes(records: &[Arc<Record>], seen: &Seen) -> Vec<String> {
    wishes_on(records, seen.pulls.iter())
}

/// The same, of the pull requests that end by a record: nobody looks there for hints any more.
pub fn last_wishes(records: &[Arc<Record>], seen: &Seen, ending: &Record) -> Vec<String> {
    let Some(about) = &ending.pull_request else { return Vec::new() };
    let ends =
        matches!(about.state, PullState::Merged | PullState::Declined | PullState::Withdrawn);
    let ends = |pull: &&Pull| {
        ends && pull.iteration == about.iteration || about.replaces == Some(pull.iteration)
    };
    let mut wishes = wishes_on(records, seen.pulls.iter().filter(ends));
    wishes.retain(|wish| ending.idea.as_ref() != Some(wish) && !ending.waiting.contains(wish));
    wishes.truncate(MOST_LAST_WISHES);
    wishes
}

fn wishes_on<'a>(records: &[Arc<Record>], pulls: impl Iterator<Item = &'a Pull>) -> Vec<String> {
    let asked = pulls.flat_map(|pull| {
        let open = pull
            .said()
            .filter(|comment| comment.id.is_some_and(|id| !pull.has(Marker::Answer(id))));
        open.filter_map(|comment| Command::find(&comment.body))
    });
    let mut wishes = Vec::new();
    for command in asked {
        match command {
            Command::Hint(hint) if tried(records, &hint).is_none() && !wishes.contains(&hint) => {
                wishes.push(hint);
            }
            _ => {}
        }
    }
    wishes
}

/// The iteration that took up a person's idea.
fn tried(records: &[Arc<Record>], idea: &str) -> Option<u64> {
    let record = records.iter().rev().find(|record| record.idea.as_deref() == Some(idea))?;
    Some(record.iteration)
}

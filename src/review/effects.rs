//! What the forge doesn't show yet.

use super::due::is_new;
use super::{Command, Foreign, Marker, Pull, Stage, View, tried};
use crate::state::{PullState, Waiting};

/// One thing to do at the forge. Each may be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Bring the branch of an iteration to what a record says.
    Push {
        /// The iteration.
        iteration: u64,
        /// The record.
        record: u64,
        /// The commit that the branch is at; `None` where it isn't there.
        from: Option<String>,
    },
    /// Open the pull request of an iteration, with what a record says.
    Open {
        /// The iteration.
        iteration: u64,
        /// The record.
        record: u64,
    },
    /// Comment what a record says of a pull request.
    Tell {
        /// The iteration that it is of.
        iteration: u64,
        /// Its number.
        number: u64,
        /// The record.
        record: u64,
    },
    /// Close it.
    Close {
        /// Its number.
        number: u64,
    },
    /// Answer a comment.
    Answer {
        /// The pull request's number.
        number: u64,
        /// The comment.
        comment: u64,
        /// What to say.
        answer: Answer,
    },
    /// Have title and body say what a record says: the receipt of all that goes before.
    Describe {
        /// The iteration that it is of.
        iteration: u64,
        /// Its number.
        number: u64,
        /// The record.
        record: u64,
    },
}

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The hint was taken up by this iteration.
    Tried(u64),
    /// Nobody who proposes here can read.
    NoReader,
    /// It was evaluated once more, as this record says.
    Again(u64),
    /// It stays open.
    Held,
    /// There is no such command.
    Unknown,
}

/// What is to be done at the forge, in this order. `reads` is whether a proposer takes up hints.
///
/// # Errors
/// Pull requests of another history: see [`Foreign`].
pub fn effects(view: &View<'_>, reads: bool) -> Result<Vec<Effect>, Foreign> {
    let pulls = view.pulls()?;
    let mut effects = Vec::new();
    for waiting in view.waiting {
        let pull = pulls.iter().find(|pull| pull.iteration == waiting.iteration);
        match pull {
            // Nothing to review in what is no strategy, and what people ended is theirs to have ended.
            None if waiting.candidate.is_none() => {}
            None => publish(waiting, &mut effects),
            Some(pull) if pull.stage == Stage::Open => {
                renew(view, waiting, pull, &mut effects);
                answers(view, pull, reads, &mut effects);
            }
            Some(_) => {}
        }
    }
    for pull in pulls.iter().filter(|pull| view.waits(pull.iteration).is_none()) {
        end(view, pull, &mut effects);
    }
    Ok(effects)
}

fn publish(waiting: &Waiting, effects: &mut Vec<Effect>) {
    let Waiting { iteration, record, .. } = *waiting;
    effects.push(Effect::Push { iteration, record, from: None });
    effects.push(Effect::Open { iteration, record });
}

/// An open one that waits: its branch, its text, and what happened to it.
fn renew(view: &View<'_>, waiting: &Waiting, pull: &Pull, effects: &mut Vec<Effect>) {
    let (iteration, number, record) = (waiting.iteration, pull.number, waiting.record);
    if let (Some(text), Some(tip)) = (view.text(waiting), &pull.tip)
        && (tip.strategy.as_deref() != Some(text) || tip.fork != view.seen.base.strategy)
        && !is_new(view, waiting, tip)
    {
        effects.push(Effect::Push { iteration, record, from: Some(tip.commit.clone()) });
    }
    let shown = pull.receipt.as_ref().map(|receipt| receipt.record);
    if shown == Some(record) {
        return;
    }
    tell(view, pull, shown, effects);
    effects.push(Effect::Describe { iteration, number, record });
}

/// Comments on everything that was recorded since, but the record that it was opened with.
fn tell(view: &View<'_>, pull: &Pull, shown: Option<u64>, effects: &mut Vec<Effect>) {
    let (iteration, number) = (pull.iteration, pull.number);
    let since = shown.unwrap_or(iteration);
    let later = view.about(iteration).map(|record| record.iteration);
    for record in later.filter(|record| *record > since) {
        if !pull.has(Marker::Record(record)) {
            effects.push(Effect::Tell { iteration, number, record });
        }
    }
}

/// One that waits no more.
fn end(view: &View<'_>, pull: &Pull, effects: &mut Vec<Effect>) {
    let (iteration, number) = (pull.iteration, pull.number);
    let Some(end) = view.about(iteration).next_back() else { return };
    let opened = view.record(iteration).and_then(|record| record.pull_request.as_ref());
    if opened.is_none_or(|opened| opened.state != PullState::Waiting) {
        return;
    }
    let record = end.iteration;
    let shown = pull.receipt.as_ref().map(|receipt| receipt.record);
    let is_shown = shown.is_some_and(|shown| shown >= record);
    match pull.stage {
        Stage::Open if pull.has(Marker::Record(record)) => return,
        // Closed first: one that is open although it was told is one that a person opened again.
        Stage::Open => {
            effects.push(Effect::Close { number });
            tell(view, pull, shown, effects);
        }
        Stage::Closed if !is_shown => tell(view, pull, shown, effects),
        // Who merged it knows.
        Stage::Merged if !is_shown => {}
        Stage::Closed | Stage::Merged => return,
    }
    effects.push(Effect::Describe { iteration, number, record });
}

fn answers(view: &View<'_>, pull: &Pull, reads: bool, effects: &mut Vec<Effect>) {
    for said in pull.said() {
        let (Some(comment), Some(command)) = (said.id, Command::find(&said.body)) else { continue };
        if pull.has(Marker::Answer(comment)) {
            continue;
        }
        let answer = match command {
            Command::Hint(hint) => match tried(view.records, &hint) {
                Some(iteration) => Answer::Tried(iteration),
                None if !reads => Answer::NoReader,
                // It is for an iteration to come.
                None => continue,
            },
            Command::Retry => {
                let asked = |record: &&crate::state::Record| {
                    record.pull_request.as_ref().is_some_and(|p| p.asked == Some(comment))
                };
                match view.about(pull.iteration).find(asked) {
                    Some(record) => Answer::Again(record.iteration),
                    None => continue,
                }
            }
            Command::Hold => Answer::Held,
            Command::Unknown => Answer::Unknown,
        };
        effects.push(Effect::Answer { number: pull.number, comment, answer });
    }
}

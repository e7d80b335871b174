//! What people did that isn't recorded yet.

use super::{Command, Foreign, Marker, Pull, Stage, Tip, View, is_held};
use crate::state::{PullState, Waiting};
use crate::text;

/// Remarks that are taken as reasons, the latest; and characters of each.
const MOST_REASONS: usize = 5;
const MOST_REASON: usize = 500;
/// Characters of somebody's name.
const MOST_NAME: usize = 60;

/// Something that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// A pull request was merged.
    Merge {
        /// The iteration that it is of.
        iteration: u64,
        /// Its number.
        number: u64,
        /// Who merged it, where the forge says so.
        by: Vec<String>,
        /// Whether the base branch holds its candidate, which is not the incumbent yet.
        incumbent: bool,
    },
    /// It was closed.
    Decline {
        /// The iteration that it is of.
        iteration: u64,
        /// Its number.
        number: u64,
        /// Who closed it or gave a reason.
        by: Vec<String>,
        /// Why, in their words.
        reason: String,
    },
    /// A person's commit made another candidate.
    Candidate {
        /// The iteration that the pull request is of.
        iteration: u64,
        /// Its number.
        number: u64,
        /// The commit.
        commit: String,
        /// Who made it, where the forge says so.
        by: Vec<String>,
        /// Text of the strategy; `None` where the file is gone.
        text: Option<String>,
    },
    /// Its candidate is to be evaluated once more.
    Again {
        /// The iteration that it is of.
        iteration: u64,
        /// Its number, once it is opened.
        number: Option<u64>,
        /// Why.
        cause: Cause,
        /// Whether it stays open whatever comes out.
        held: bool,
    },
}

/// Why a candidate is evaluated once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The incumbent or the epoch is another than the one it was held against.
    Moved,
    /// A person asked for it, by the comment with this id.
    Asked(u64),
    /// A person opened it again.
    Reopened,
}

/// What is to be recorded first, if anything is. To be asked again after it was.
///
/// # Errors
/// Pull requests of another history: see [`Foreign`].
pub fn due(view: &View<'_>) -> Result<Option<Due>, Foreign> {
    let pulls = view.pulls()?;
    Ok(merge(view, &pulls)
        .or_else(|| decline(view, &pulls))
        .or_else(|| candidate(view, &pulls))
        .or_else(|| again(view, &pulls)))
}

fn merge(view: &View<'_>, pulls: &[&Pull]) -> Option<Due> {
    let merged = pulls.iter().filter(|pull| pull.stage == Stage::Merged);
    let waited = merged.filter_map(|pull| Some((*pull, view.waits(pull.iteration)?)));
    // Who came first decides nothing but the order of the records.
    let (pull, waiting) = waited.min_by_key(|(pull, _)| (pull.ended.as_str(), pull.iteration))?;
    let is_base = waiting.candidate.is_some() && view.base == waiting.candidate.as_deref();
    Some(Due::Merge {
        iteration: pull.iteration,
        number: pull.number,
        by: names(pull.ended_by.as_deref()),
        incumbent: is_base && view.base != Some(view.incumbent.1),
    })
}

fn decline(view: &View<'_>, pulls: &[&Pull]) -> Option<Due> {
    let mut closed = pulls.iter().filter(|pull| pull.stage == Stage::Closed);
    let pull = closed.find(|pull| view.waits(pull.iteration).is_some())?;
    let reasons: Vec<_> = pull
        .said()
        .filter(|comment| Command::find(&comment.body).is_none())
        .map(|comment| (name(&comment.author), text::line(&comment.body, MOST_REASON)))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    let latest = &reasons[reasons.len().saturating_sub(MOST_REASONS)..];
    let mut by = names(pull.ended_by.as_deref());
    for (name, _) in latest {
        if !by.contains(name) {
            by.push(name.clone());
        }
    }
    let words: Vec<String> =
        latest.iter().map(|(name, words)| format!("{name}: {words}")).collect();
    let reason = if words.is_empty() { "closed without a word".into() } else { words.join(" / ") };
    Some(Due::Decline { iteration: pull.iteration, number: pull.number, by, reason })
}

fn candidate(view: &View<'_>, pulls: &[&Pull]) -> Option<Due> {
    let open = pulls.iter().filter(|pull| pull.stage == Stage::Open);
    open.filter_map(|pull| Some((pull, view.waits(pull.iteration)?, pull.tip.as_ref()?))).find_map(
        |(pull, waiting, tip)| {
            is_new(view, waiting, tip).then(|| Due::Candidate {
                iteration: pull.iteration,
                number: pull.number,
                commit: tip.commit.clone(),
                by: names(tip.author.as_deref()),
                text: tip.strategy.clone(),
            })
        },
    )
}

/// Whether a person's commit made another strategy that nobody has looked at.
pub(super) fn is_new(view: &View<'_>, waiting: &Waiting, tip: &Tip) -> bool {
    tip.record.is_none()
        && waiting.commit.as_ref() != Some(&tip.commit)
        && (tip.strategy.is_none() || tip.strategy.as_deref() != view.text(waiting))
}

fn again(view: &View<'_>, pulls: &[&Pull]) -> Option<Due> {
    let due = |iteration, pull: Option<&&Pull>, cause| Due::Again {
        iteration,
        number: pull.map(|pull| pull.number),
        cause,
        held: pull.is_some_and(|pull| is_held(pull)),
    };
    for waiting in view.waiting {
        let pull = pulls.iter().find(|pull| pull.iteration == waiting.iteration);
        let held_against = (waiting.epoch.as_str(), waiting.parent.as_deref());
        let moved = held_against != (view.incumbent.0, Some(view.incumbent.1));
        // There is nothing to evaluate in what is no strategy.
        let cause = match waiting.candidate {
            None => None,
            Some(_) if moved => Some(Cause::Moved),
            Some(_) => pull.and_then(|pull| asked(view, pull)).map(Cause::Asked),
        };
        if let Some(cause) = cause {
            return Some(due(waiting.iteration, pull, cause));
        }
    }
    let reopened = pulls.iter().find(|pull| {
        let told = |end: &u64| pull.has(Marker::Record(*end));
        pull.stage == Stage::Open
            && view.waits(pull.iteration).is_none()
            && view
                .about(pull.iteration)
                .next_back()
                .map(|r| r.iteration)
                .is_some_and(|end| told(&end))
            && evaluated(view, pull.iteration)
    })?;
    Some(due(reopened.iteration, Some(reopened), Cause::Reopened))
}

/// Whether there is a candidate of it that can be evaluated once more.
fn evaluated(view: &View<'_>, iteration: u64) -> bool {
    view.about(iteration).any(|record| {
        let pull = record.pull_request.as_ref();
        pull.is_some_and(|pull| pull.iteration == iteration && pull.state == PullState::Waiting)
    })
}

/// The first question for another evaluation that no record is the answer to.
fn asked(view: &View<'_>, pull: &Pull) -> Option<u64> {
    let answered = |id: u64| {
        pull.has(Marker::Answer(id))
            || view
                .about(pull.iteration)
                .any(|r| r.pull_request.as_ref().is_some_and(|p| p.asked == Some(id)))
    };
    let retries = pull.said().filter(|c| Command::find(&c.body) == Some(Command::Retry));
    retries.filter_map(|comment| comment.id).find(|id| !answered(*id))
}

fn names(name: Option<&str>) -> Vec<String> {
    name.map(self::name).into_iter().collect()
}

fn name(name: &str) -> String {
    text::line(name, MOST_NAME)
}

//! What to do first: a pure function from what was found to a list of actions as data.
//!
//! First start and recovery are the same path: every run observes, asks [`reconcile`], does what it
//! says, and observes again, until there is nothing left to do. Invariants:
//!
//! 1. What no journal explains is a person's: it is refused and left alone, never overwritten.
//! 2. A proposal that was journalled ends in exactly one record.
//! 3. Doing the actions twice, or half of them, leads to the same end.
//!
//! Never touches a file, git, the clock or the network.

mod refusal;

pub use refusal::{Difference, Refusal};

use std::collections::BTreeMap;

use crate::program::HalfDone;
use crate::state::ledger::WrittenLook;
use crate::state::{
    CommitIntent, ContentHash, Copies, FileIntent, Journal, JournalProposal, Phase, State,
    StatePath, Status, Verdict,
};

/// What was found.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The state at HEAD.
    pub state: &'a State,
    /// The same files in index and work tree.
    pub copies: &'a BTreeMap<StatePath, Copies>,
    /// The journal.
    pub journal: Option<&'a Journal>,
    /// The current epoch.
    pub epoch: &'a str,
    /// Hash of the strategy at HEAD, in its normal form; `None` where HEAD has none.
    pub strategy: Option<&'a str>,
    /// What to do with a proposal that was not evaluated to the end.
    pub half_done: HalfDone,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Make the commit that a killed run was about to make, on top of the current HEAD.
    Commit(CommitIntent),
    /// Bring work tree and index to what HEAD says for these files.
    FinishCheckout(Vec<FileIntent>),
    /// Remove the journal: all it says has been done.
    DropJournal,
    /// Evaluate this proposal, as the iteration of the journal.
    Resume(Box<Journal>, JournalProposal),
    /// Record the journalled iteration as `abandoned` (see [`Journal::abandoned`]).
    Abandon {
        /// The journal.
        journal: Box<Journal>,
        /// Why it can't be finished.
        reason: String,
    },
    /// Take the look at the holdout that is written in the ledger, and write down what it said.
    FinishLook(WrittenLook),
    /// Score the strategy anew, as a `baseline`.
    Baseline(BaselineCause),
    /// Score the strategy that a person committed, as an `external` iteration.
    TakeInExternal {
        /// Hash of the strategy.
        hash: String,
    },
}

/// Why a baseline is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaselineCause {
    /// There is no record yet.
    Fresh {
        /// The strategy is in the work tree only, and gets committed with the baseline.
        adopt: bool,
    },
    /// The evaluation changed.
    NewEpoch {
        /// The epoch of the last record.
        from: String,
        /// A person also changed the strategy; the baseline takes that in.
        edited: bool,
    },
}

/// Says what to do first. An empty list means that all is in order: propose something new.
///
/// The actions are to be done in order; after them, observe and ask again. Only the last can need an
/// evaluation.
///
/// # Errors
/// What needs a person: see [`Refusal`].
pub fn reconcile(view: &View<'_>) -> Result<Vec<Action>, Refusal> {
    match view.journal.map(|journal| (journal, &journal.phase)) {
        Some((journal, Phase::Recorded(intent))) => recorded(view, journal, intent),
        Some((journal, Phase::Proposed(proposal))) => {
            refuse_edits(view, &[])?;
            proposed(view, journal, proposal)
        }
        // What asking cost goes with the next record, whatever that is.
        Some((_, Phase::Asked(_))) | None => {
            refuse_edits(view, &[])?;
            settled(view)
        }
    }
}

/// Whether status and history in index and work tree are those of the commit. Only for a repository
/// without a journal, which would say what is under way; the strategy is a person's to edit.
///
/// # Errors
/// [`Refusal::Edited`] with the files that differ.
pub fn intact(state: &State, copies: &BTreeMap<StatePath, Copies>) -> Result<(), Refusal> {
    let mut differences = differences(state, copies, &[]);
    differences.retain(|difference| difference.path != StatePath::Strategy);
    if differences.is_empty() { Ok(()) } else { Err(Refusal::Edited(differences)) }
}

/// A run died between "the record is complete" and "everything is done".
fn recorded(
    view: &View<'_>,
    journal: &Journal,
    intent: &CommitIntent,
) -> Result<Vec<Action>, Refusal> {
    let state = view.state;
    if intent.has_landed(state).map_err(Refusal::State)? {
        refuse_edits(view, &intent.files)?;
        let behind: Vec<FileIntent> =
            intent.files.iter().filter(|file| !is_clean(view, file.path)).cloned().collect();
        let checkout = (!behind.is_empty()).then_some(Action::FinishCheckout(behind));
        return Ok(checkout.into_iter().chain([Action::DropJournal]).collect());
    }
    let record = intent.record().map_err(Refusal::State)?;
    let is_next = record.as_ref().is_none_or(|record| record.iteration == state.next_iteration());
    if is_next && intent.fits(state) {
        refuse_edits(view, &intent.files)?;
        intent.changes(state).map_err(Refusal::State)?;
        return Ok(vec![Action::Commit(intent.clone())]);
    }
    refuse_edits(view, &[])?;
    let proposed = record
        .is_some_and(|record| !matches!(record.verdict, Verdict::Baseline | Verdict::External));
    if !proposed {
        // Nothing was proposed or paid for. A score can be computed again; a look that was not committed was not taken,
        // and one that was is taken to its end as it stands in the ledger.
        return Ok(vec![Action::DropJournal]);
    }
    abandon(view, journal, "the state changed before its result could be committed".into())
}

/// A run died between "there is a proposal" and "the record is complete".
fn proposed(
    view: &View<'_>,
    journal: &Journal,
    proposal: &JournalProposal,
) -> Result<Vec<Action>, Refusal> {
    let next = view.state.next_iteration();
    let incumbent = view.state.status().map(|status| status.incumbent.hash.as_str());
    let reason = if journal.iteration != next {
        format!("it was to be iteration {}, but the next one is {next}", journal.iteration)
    } else if journal.epoch != view.epoch {
        format!("the epoch is {} now, it was {}", view.epoch, journal.epoch)
    } else if journal.parent.as_deref() != incumbent || view.strategy != incumbent {
        "the incumbent it was built on has changed".to_owned()
    } else if view.half_done == HalfDone::Abandon {
        "[resume] half_done = \"abandon\"".to_owned()
    } else {
        return Ok(vec![Action::Resume(Box::new(journal.clone()), proposal.clone())]);
    };
    abandon(view, journal, reason)
}

fn abandon(view: &View<'_>, journal: &Journal, reason: String) -> Result<Vec<Action>, Refusal> {
    if view.state.status().is_none() {
        // An abandoned record can't come first, and a baseline would overwrite the journal.
        return Err(Refusal::Orphan { iteration: journal.iteration });
    }
    Ok(vec![Action::Abandon { journal: Box::new(journal.clone()), reason }])
}

/// Nothing is half-done: take in what people did meanwhile.
fn settled(view: &View<'_>) -> Result<Vec<Action>, Refusal> {
    let Some(status) = view.state.status() else {
        let adopt = view.strategy.is_none() && work(view, StatePath::Strategy).is_some();
        return Ok(vec![Action::Baseline(BaselineCause::Fresh { adopt })]);
    };
    // Before anything else can change what was to be looked at.
    if let Some(look) = view.state.ledger().open_look() {
        return Ok(vec![Action::FinishLook(look)]);
    }
    let hash = view.strategy.ok_or(Refusal::NoStrategy)?;
    let edited = hash != status.incumbent.hash;
    if status.epoch != view.epoch {
        let from = status.epoch.clone();
        return Ok(vec![Action::Baseline(BaselineCause::NewEpoch { from, edited })]);
    }
    let external = edited.then(|| Action::TakeInExternal { hash: hash.to_owned() });
    Ok(external.into_iter().collect())
}

/// Refuses copies that differ from HEAD, unless one of `explained` says how they came about.
fn refuse_edits(view: &View<'_>, explained: &[FileIntent]) -> Result<(), Refusal> {
    let differences = differences(view.state, view.copies, explained);
    if differences.is_empty() { Ok(()) } else { Err(Refusal::Edited(differences)) }
}

fn differences(
    state: &State,
    copies: &BTreeMap<StatePath, Copies>,
    explained: &[FileIntent],
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (path, copies) in copies {
        let head = state.hash(*path);
        let intent = explained.iter().find(|file| file.path == *path);
        let ours = |copy: Option<&ContentHash>| {
            copy == head
                || intent
                    .is_some_and(|file| copy == file.before.as_ref() || copy == Some(&file.after))
        };
        let (index, work) = (copies.index.as_ref(), copies.work.as_ref());
        if ours(index) && ours(work) || is_adoptable(state.status(), *path, head, copies) {
            continue;
        }
        differences.push(Difference {
            path: *path,
            in_head: head.is_some(),
            in_work: work.is_some(),
            staged_only: ours(work),
        });
    }
    differences
}

/// Before the first record, a strategy that isn't committed yet is what the person starts with.
fn is_adoptable(
    status: Option<&Status>,
    path: StatePath,
    head: Option<&ContentHash>,
    copies: &Copies,
) -> bool {
    status.is_none()
        && path == StatePath::Strategy
        && head.is_none()
        && (copies.index.is_none() || copies.index == copies.work)
}

fn is_clean(view: &View<'_>, path: StatePath) -> bool {
    let head = view.state.hash(path);
    let copies = view.copies.get(&path);
    copies.and_then(|copies| copies.index.as_ref()) == head && work(view, path) == head
}

fn work<'a>(view: &View<'a>, path: StatePath) -> Option<&'a ContentHash> {
    view.copies.get(&path).and_then(|copies| copies.work.as_ref())
}

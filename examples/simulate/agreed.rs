//! Whether the history and the forge say the same, when nothing is under way.

use std::collections::BTreeSet;
use std::sync::Arc;

use sprag::review::{Marker, Receipt, Stage, iteration_of};
use sprag::state::{PullState, Record, State, Waiting};

use crate::forge::Yard;
use crate::site::{BOT, MAIN, Request, STRATEGY, Site};

/// What holds whenever a run has ended.
pub fn always(yard: &Yard) -> Result<(), String> {
    if let Some(flaw) = &yard.flaw {
        return Err(flaw.clone());
    }
    let mut branches = BTreeSet::new();
    for request in &yard.site.requests {
        let branch = &request.branch;
        if !branches.insert(branch) {
            return Err(format!("two pull requests of {branch}"));
        }
        let mut markers = BTreeSet::new();
        for remark in request.remarks.iter().filter(|remark| remark.author == BOT) {
            let marker = Marker::find(&remark.body).ok_or("a comment without a mark")?;
            if !markers.insert(marker) {
                return Err(format!("a comment twice: {marker} on {branch}"));
            }
        }
        // What people merged is there for good, and nobody else merges.
        if request.stage == Stage::Merged && request.ended_by.as_deref() == Some(BOT) {
            return Err(format!("the loop merged {branch}"));
        }
    }
    let base = yard.site.history(&yard.site.branches[MAIN]);
    let mut first = Some(yard.site.branches[MAIN].as_str());
    while let Some(id) = first {
        let commit = &yard.site.commits[id];
        if commit.author == BOT || !base.contains(id) {
            return Err("the loop committed to the base branch".into());
        }
        first = commit.parents.first().map(String::as_str);
    }
    Ok(())
}

/// What holds after a run that nothing disturbed.
pub fn at_rest(state: &State, yard: &Yard) -> Result<(), String> {
    let status = state.status().ok_or("there is no status")?;
    let site = &yard.site;
    if state.strategy() != site.base_text().map(String::as_str) {
        return Err("the incumbent isn't what the base branch has".into());
    }
    let open: BTreeSet<u64> = site.open().into_iter().collect();
    let waiting: BTreeSet<u64> = status.pull_requests.iter().map(|w| w.iteration).collect();
    if open != waiting {
        return Err(format!("open are {open:?}, and {waiting:?} wait"));
    }
    for waiting in &status.pull_requests {
        let shown = site.find(waiting.iteration).ok_or("what waits is there")?;
        // What it was opened with is its text.
        let number = site.requests.iter().position(|request| request == shown);
        let first = number.and_then(|at| yard.first.get(&(at as u64 + 1)).copied());
        shows(state, (waiting, first.unwrap_or(waiting.iteration)), shown, site)?;
    }
    let records = state.history().records();
    for request in &site.requests {
        ended(records, request, yard)?;
    }
    answered(records, yard)
}

fn pulls(
    records: &[Arc<Record>],
    iteration: u64,
) -> impl DoubleEndedIterator<Item = (&Record, PullState)> {
    records.iter().filter_map(move |record| {
        let pull = record.pull_request.as_ref()?;
        (pull.iteration == iteration).then_some((record.as_ref(), pull.state))
    })
}

/// One that waits shows its last record, against the incumbent of now.
fn shows(
    state: &State,
    (waiting, first): (&Waiting, u64),
    shown: &Request,
    site: &Site,
) -> Result<(), String> {
    let iteration = waiting.iteration;
    let receipt = Receipt::find(&shown.body).map(|receipt| (receipt.iteration, receipt.record));
    if receipt != Some((iteration, waiting.record)) {
        return Err(format!("the text of {iteration} isn't that of record {}", waiting.record));
    }
    if !shown.labels.contains("sprag") {
        return Err(format!("{iteration} has no label"));
    }
    let told: Vec<u64> = pulls(state.history().records(), iteration)
        .map(|(record, _)| record.iteration)
        .filter(|record| *record > first && !said(shown, Marker::Record(*record)))
        .collect();
    if !told.is_empty() {
        return Err(format!("nobody told {iteration} of the records {told:?}"));
    }
    let Some(_) = waiting.candidate else { return Ok(()) };
    let incumbent = state.status().map(|status| &status.incumbent.hash);
    if waiting.parent.as_ref() != incumbent {
        return Err(format!("{iteration} was held against another incumbent"));
    }
    let record = state.history().records().get(waiting.record as usize);
    let recorded = record.and_then(|record| record.strategy.as_ref());
    let tip = site.tip(&shown.branch).ok_or("an open pull request has a branch")?;
    if recorded != tip.files.get(STRATEGY) {
        return Err(format!("the branch of {iteration} isn't what was evaluated"));
    }
    Ok(())
}

fn said(request: &Request, marker: Marker) -> bool {
    request
        .remarks
        .iter()
        .any(|remark| remark.author == BOT && Marker::find(&remark.body) == Some(marker))
}

/// One that people ended is recorded so, once for each time.
fn ended(records: &[Arc<Record>], request: &Request, yard: &Yard) -> Result<(), String> {
    let iteration = iteration_of(&request.branch).ok_or("a branch of the loop's")?;
    let of = |state| pulls(records, iteration).filter(|(_, found)| *found == state).count() as u64;
    let (declined, merged) = (of(PullState::Declined), of(PullState::Merged));
    let times = |counts: &std::collections::BTreeMap<u64, u64>| {
        counts.get(&iteration).copied().unwrap_or_default()
    };
    if declined > times(&yard.people.closed) || merged > times(&yard.people.merged) {
        return Err(format!("{iteration}: {declined} times declined and {merged} merged"));
    }
    // Who came too late to close or merge what the loop had just given up finds it given up.
    let last = pulls(records, iteration).next_back().map(|(_, state)| state);
    let replaced = records.iter().any(|record| {
        record.pull_request.as_ref().is_some_and(|pull| pull.replaces == Some(iteration))
    });
    let given_up = replaced || last == Some(PullState::Withdrawn);
    let is_right = match request.stage {
        Stage::Open => true,
        // Opened again and merged before a run saw it, it is an edit of the base branch.
        Stage::Merged => given_up || merged == 1 || yard.people.reopened.contains(&iteration),
        Stage::Closed => given_up || last == Some(PullState::Declined),
    };
    match is_right {
        true => Ok(()),
        false => Err(format!("{iteration} is {:?}, and recorded as {last:?}", request.stage)),
    }
}

/// What people asked on open ones is answered, each question by one evaluation at most.
fn answered(records: &[Arc<Record>], yard: &Yard) -> Result<(), String> {
    let open =
        |iteration: u64| yard.site.find(iteration).filter(|request| request.stage == Stage::Open);
    for (id, iteration) in &yard.people.retries {
        let asked = records.iter().filter(|record| {
            record.pull_request.as_ref().is_some_and(|pull| pull.asked == Some(*id))
        });
        let asked = asked.count();
        if asked > 1 {
            return Err(format!("question {id} was evaluated {asked} times"));
        }
        let is_answered = |request: &Request| said(request, Marker::Answer(*id));
        if open(*iteration).is_some_and(|request| asked == 1 && !is_answered(request)) {
            return Err(format!("question {id} was evaluated and not answered"));
        }
    }
    for (id, iteration) in &yard.people.others {
        if open(*iteration).is_some_and(|request| !said(request, Marker::Answer(*id))) {
            return Err(format!("comment {id} on {iteration} isn't answered"));
        }
    }
    for (id, (iteration, idea)) in &yard.people.hints {
        let tried = records.iter().filter(|record| record.idea.as_ref() == Some(idea)).count();
        if tried > 1 {
            return Err(format!("hint {id} was taken up {tried} times"));
        }
        let answer = open(*iteration).map(|request| said(request, Marker::Answer(*id)));
        if answer.is_some_and(|is_answered| is_answered != (tried == 1)) {
            return Err(format!("hint {id} was taken up {tried} times, answered: {answer:?}"));
        }
    }
    Ok(())
}

/// Hints that nobody has taken up yet: on open ones, and those that no run overlooked, wherever they were made.
pub fn hints(state: &State, yard: &Yard) -> usize {
    let records = state.history().records();
    let hints = yard.people.hints.iter().filter(|(id, (iteration, idea))| {
        let open = yard.site.find(*iteration).is_some_and(|request| request.stage == Stage::Open);
        (open || yard.people.seen_by_all.contains(id))
            && !records.iter().any(|record| record.idea.as_ref() == Some(idea))
    });
    hints.count()
}

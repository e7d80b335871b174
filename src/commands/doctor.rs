//! `sprag doctor`: what stands in the way of the next run, and the state back from the git log.

mod ledger;

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::json;

use super::context::Context;
use super::{Failure, Output, target};
use crate::adapters::git::{GitRepository, Past};
use crate::adapters::system_clock::SystemClock;
use crate::check::{self, STRATEGY_FILE};
use crate::cli::DoctorArgs;
use crate::doctor::{self, Care, Finding, Kept};
use crate::evaluation::Arena;
use crate::iteration::Ending;
use crate::ports::{Clock, CommitId, CommitOutcome, CommitPlan, Lock, Repository, Snapshot};
use crate::reconcile::{self, View};
use crate::state::{Change, FileIntent, JOURNAL_PATH, Journal, State, StatePath};
use ledger::Ledger;

/// Commits whose state is read before the search for a whole one is given up.
const MOST_COMMITS: usize = 1_000;
/// What is checked out.
const HEAD: &str = "HEAD";

/// What was restored.
struct Rebuilt {
    from: String,
    iterations: usize,
    files: Vec<StatePath>,
    aside: Option<PathBuf>,
    /// The branch that the commit is on, where it isn't the one that is checked out.
    branch: Option<String>,
}

pub(super) fn run(context: &Context, args: &DoctorArgs) -> Result<Output, Failure> {
    let rebuilt = if args.rebuild { Some(rebuild(context)?) } else { None };
    let findings = findings(context);
    let code = match findings.iter().map(|finding| finding.care).max() {
        Some(Care::Person) => 3,
        Some(Care::Configuration) => 2,
        Some(Care::NextRun) | None => 0,
    };
    let text = if context.global.json {
        let rebuilt = rebuilt.map(|rebuilt| {
            json!({
                "from": rebuilt.from, "iterations": rebuilt.iterations, "files": rebuilt.files,
                "aside": rebuilt.aside, "branch": rebuilt.branch,
            })
        });
        Output::json(&json!({ "healthy": code == 0, "findings": findings, "rebuilt": rebuilt }))?
            .text
    } else {
        rebuilt.as_ref().map(Rebuilt::text).unwrap_or_default() + &report(&findings)
    };
    Ok(Output { text, code })
}

fn report(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "nothing stands in the way of the next run\n".to_owned();
    }
    let mut text = String::new();
    for finding in findings {
        let who = match finding.care {
            Care::NextRun => "next run",
            Care::Configuration => "settings",
            Care::Person => "needs a person",
        };
        let _ = writeln!(text, "{who}: {}", finding.found.trim_end());
        if let Some(mend) = &finding.mend {
            let _ = writeln!(text, "  to mend it: {mend}");
        }
    }
    text
}

/// What a run would meet, in the order in which it would.
fn findings(context: &Context) -> Vec<Finding> {
    let (repository, head, snapshot) = match look(context) {
        Ok(looked) => looked,
        Err(failure) => return vec![of(failure)],
    };
    let mut findings = Vec::new();
    let state = match State::read(&snapshot.files) {
        Ok(state) => Some(state),
        Err(error) => {
            findings.push(Finding::new(Care::Person, error.to_string()));
            None
        }
    };
    let journal = match snapshot.journal.as_deref().map(Journal::parse).transpose() {
        Ok(journal) => journal,
        Err(error) => {
            findings.push(Finding::new(Care::Person, error.to_string()));
            return findings;
        }
    };
    if let Some(state) = &state {
        findings.extend(rewritten(&repository, &head, state));
        match due(context, &snapshot, state, journal.as_ref()) {
            Ok(due) => findings.extend(due),
            Err(failure) => findings.push(of(failure)),
        }
    }
    findings
}

/// The clone, the commit whose history has the records, and what a run would read.
fn look(context: &Context) -> Result<(GitRepository, String, Snapshot), Failure> {
    let repository = GitRepository::open(context.root())?;
    if let Some(ledger) = Ledger::of(context, &repository)? {
        let snapshot = ledger.snapshot(&repository)?;
        return Ok((repository, ledger.head.to_string(), snapshot));
    }
    let snapshot = match target::to_read(context) {
        Ok(keeper) => keeper.port().observe()?,
        // The ledger itself is checked out.
        Err(_) if target::ledger(context).is_some() && !target::follows(context) => {
            repository.observe()?
        }
        Err(failure) => return Err(failure),
    };
    Ok((repository, HEAD.to_owned(), snapshot))
}

/// A failure as a finding.
fn of(failure: impl Into<Failure>) -> Finding {
    let failure = failure.into();
    let care = match failure.ending {
        Ending::Configuration => Care::Configuration,
        Ending::Transient => Care::NextRun,
        Ending::NeedsPerson | Ending::Failure => Care::Person,
    };
    Finding::new(care, format!("{:#}", failure.error))
}

/// What reconciling would do or refuse.
fn due(
    context: &Context,
    snapshot: &Snapshot,
    state: &State,
    journal: Option<&Journal>,
) -> Result<Vec<Finding>, Failure> {
    // A copy that somebody changed is in the way whatever the program says.
    if journal.is_none()
        && let Err(refusal) = reconcile::intact(state, &snapshot.copies)
    {
        return Ok(vec![Finding::of_refusal(&refusal)]);
    }
    let program = context.program()?;
    let loaded = context.load_market(context.root(), &program)?;
    let arena = Arena::new(&program, &loaded.market)?;
    let strategy = match state.strategy() {
        None => None,
        Some(text) => {
            let candidate = check::read(STRATEGY_FILE, text)?;
            check::known(&candidate, STRATEGY_FILE, arena.listing())?;
            Some(candidate.hash().to_string())
        }
    };
    let view = View {
        state,
        copies: &snapshot.copies,
        journal,
        epoch: arena.epoch(),
        strategy: strategy.as_deref(),
        half_done: program.settings.resume.half_done,
    };
    Ok(match reconcile::reconcile(&view) {
        Ok(actions) => actions.iter().map(Finding::of_action).collect(),
        Err(refusal) => vec![Finding::of_refusal(&refusal)],
    })
}

/// That the last commit's history isn't what the loop committed before it. What a person commits there is read as it
/// stands, so that only the log can tell.
fn rewritten(repository: &GitRepository, head: &str, state: &State) -> Option<Finding> {
    let kept = last_kept(repository, head).ok()??;
    if kept.is_continued_by(state) {
        return None;
    }
    let found = format!(
        "the history or the ledger of the last commit isn't that of the loop's commit {}: records were changed or \
         taken away since",
        kept.commit
    );
    let mend = "`sprag doctor --rebuild` restores what the loop committed; to keep the change, there is no way: a \
                record that was changed is no record";
    Some(Finding { mend: Some(mend.to_owned()), ..Finding::new(Care::Person, found) })
}

/// The largest state that is whole in a commit of the loop; where no commit says that it is the loop's, in any.
fn last_kept(repository: &GitRepository, head: &str) -> Result<Option<Kept>, Failure> {
    let commits = repository.state_commits(head)?;
    let (own, others): (Vec<_>, Vec<_>) = commits.into_iter().partition(|(_, is_own)| *is_own);
    let newest = repository.iterations(head)?.into_keys().max();
    let mut past = repository.past()?;
    for commits in [own, others] {
        let commits = commits.into_iter().map(|(commit, _)| commit).take(MOST_COMMITS);
        if let Some(kept) = largest(&mut past, commits, newest)? {
            return Ok(Some(kept));
        }
    }
    Ok(None)
}

/// Of these commits, latest first, the one with the largest whole state. The first that has all iterations that any
/// commit names has it.
fn largest(
    past: &mut Past<'_>,
    commits: impl Iterator<Item = CommitId>,
    newest: Option<u64>,
) -> Result<Option<Kept>, Failure> {
    let mut best: Option<Kept> = None;
    for commit in commits {
        let files = past.state(&commit)?;
        let Ok(state) = State::read(&files) else { continue };
        if state.status().is_none() {
            continue;
        }
        let is_complete = newest.is_none_or(|newest| state.next_iteration() > newest);
        let short = commit.as_str().chars().take(12).collect();
        let kept = Kept { commit: short, files, state };
        if best.as_ref().is_none_or(|best| kept.size() > best.size()) {
            best = Some(kept);
        }
        if is_complete {
            break;
        }
    }
    Ok(best)
}

/// Restores status, history and ledger from the git log: a commit, if the last one differs, then the work tree, if that is
/// of the same branch.
fn rebuild(context: &Context) -> Result<Rebuilt, Failure> {
    let repository = GitRepository::open(context.root())?;
    let ledger = Ledger::of(context, &repository)?;
    let lock = repository.lock()?;
    let (head, snapshot) = match &ledger {
        Some(ledger) => (ledger.head.as_str(), ledger.snapshot(&repository)?),
        None => (HEAD, repository.observe()?),
    };
    let Some(kept) = last_kept(&repository, head)? else {
        let hint = match repository.is_shallow()? {
            true => "this is a shallow clone: `git fetch --unshallow` brings the older commits",
            false => {
                "there is nothing to restore; `sprag iterate` starts anew where state/ has no history"
            }
        };
        return Err(person(format!("no commit holds a state that is whole; {hint}")));
    };
    must_be_restorable(&snapshot, &kept)?;
    let aside = match &ledger {
        Some(_) => None,
        None => clear(&repository, &lock, &snapshot, &kept)?,
    };
    let changes = doctor::restored(&snapshot.files, &kept);
    if !changes.is_empty() {
        let message = format!(
            "Restore the state as of {}: {} iterations\n\nStatus, history and ledger are those that the loop had \
             committed.\n\nSprag-Rebuild: {0}\n",
            kept.commit,
            kept.state.history().len()
        );
        let plan = CommitPlan {
            base: snapshot.head.as_ref(),
            message: &message,
            time_s: SystemClock.now().as_second(),
            changes: &changes,
        };
        let outcome = match &ledger {
            Some(ledger) => ledger.commit(&repository, &lock, &plan)?,
            None => repository.commit(&lock, &plan)?,
        };
        if let CommitOutcome::Moved { .. } = outcome {
            return Err(person("somebody else committed meanwhile; run it again".to_owned()));
        }
    }
    if ledger.is_none() {
        let intents: Vec<FileIntent> = changes.iter().map(intent).collect();
        repository.check_out(&lock, &intents)?;
    }
    Ok(Rebuilt {
        from: kept.commit.clone(),
        iterations: kept.state.history().len(),
        files: changes.into_iter().map(|change| change.path).collect(),
        aside,
        branch: ledger.map(|ledger| ledger.branch),
    })
}

fn intent(change: &Change) -> FileIntent {
    FileIntent {
        path: change.path,
        before: change.before.clone(),
        after: change.after.clone(),
        text: None,
    }
}

fn person(message: String) -> Failure {
    Failure { error: anyhow::anyhow!(message), ending: Ending::NeedsPerson }
}

/// What a person has to do first: files that would stand beside the restored ones, and what is staged.
fn must_be_restorable(snapshot: &Snapshot, kept: &Kept) -> Result<(), Failure> {
    let list = |paths: &[StatePath]| {
        paths.iter().map(ToString::to_string).collect::<Vec<String>>().join(" ")
    };
    let surplus = doctor::surplus(&snapshot.files, kept);
    if !surplus.is_empty() {
        let paths = list(&surplus);
        return Err(person(format!(
            "{paths}: in the last commit, and not in the state of {} that would be restored; remove them by \
             `git rm {paths}` and a commit, then run it again",
            kept.commit
        )));
    }
    let staged = |path: &&StatePath| {
        let committed = snapshot.files.get(*path).map(|blob| blob.hash().clone());
        snapshot.copies.get(*path).is_some_and(|copies| copies.index != committed)
    };
    let staged: Vec<StatePath> = kept.files.keys().filter(staged).copied().collect();
    if !staged.is_empty() {
        let paths = list(&staged);
        return Err(person(format!(
            "{paths}: staged changes; unstage them by `git reset -- {paths}`"
        )));
    }
    Ok(())
}

/// Brings the work tree's files to what the last commit has, people's versions and a journal that can't be read set
/// aside; where that is.
fn clear(
    repository: &GitRepository,
    lock: &Lock,
    snapshot: &Snapshot,
    kept: &Kept,
) -> Result<Option<PathBuf>, Failure> {
    let (mut aside, mut intents) = (Vec::new(), Vec::new());
    for path in kept.files.keys().filter(|path| **path != StatePath::Strategy) {
        let committed = snapshot.files.get(path).map(|blob| blob.hash().clone());
        let work = snapshot.copies.get(path).and_then(|copies| copies.work.clone());
        if work == committed {
            continue;
        }
        if work.is_some() {
            aside.push(path.to_string());
        }
        if let Some(after) = committed {
            intents.push(FileIntent { path: *path, before: None, after, text: None });
        }
    }
    if snapshot.journal.as_deref().is_some_and(|journal| Journal::parse(journal).is_err()) {
        aside.push(JOURNAL_PATH.to_owned());
    }
    let paths: Vec<&str> = aside.iter().map(String::as_str).collect();
    let folder = repository.set_aside(&paths)?;
    repository.check_out(lock, &intents)?;
    Ok(folder)
}

impl Rebuilt {
    fn text(&self) -> String {
        let Self { from, iterations, files, aside, branch } = self;
        let mut text = if files.is_empty() && aside.is_none() {
            format!("the state is that of {from}, {iterations} iterations: nothing to commit\n")
        } else {
            let files: Vec<String> = files.iter().map(ToString::to_string).collect();
            let what = if files.is_empty() { "the work tree".into() } else { files.join(", ") };
            format!("restored from {from}, {iterations} iterations: {what}\n")
        };
        if let Some(aside) = aside {
            let _ = writeln!(text, "what was there is in {}", aside.display());
        }
        if let Some(branch) = branch.as_ref().filter(|_| !files.is_empty()) {
            let _ = writeln!(
                text,
                "the commit is on branch {branch} of this clone: `git push origin {branch}` brings it to the next run"
            );
        }
        text
    }
}

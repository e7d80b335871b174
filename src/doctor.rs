//! What stands in the way of the next run and how it is mended, and what the state was, as its commits have it.
//!
//! Never touches git, a file or the clock: it is given what was found, and returns findings and changes as values.

use serde::Serialize;

use crate::reconcile::{Action, BaselineCause, Refusal};
use crate::state::{Blob, Blobs, Change, State, StatePath};

/// Who has to do something about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Care {
    /// Nobody: the next run does it by itself.
    NextRun,
    /// Somebody who runs the loop: a setting, a file that it reads.
    Configuration,
    /// A person, before the loop touches anything.
    Person,
}

/// One thing that isn't as it should be, or isn't done yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Who has to do something.
    pub care: Care,
    /// What was found.
    pub found: String,
    /// What to do; none where the finding says it itself.
    pub mend: Option<String>,
}

/// What mends files of `state/` that somebody changed.
const REBUILD: &str = "`sprag doctor --rebuild` restores status, history and ledger from the git log, and keeps what is \
                       there now aside";

impl Finding {
    /// A finding that says itself what to do.
    pub fn new(care: Care, found: impl Into<String>) -> Self {
        Self { care, found: found.into(), mend: None }
    }

    /// What the loop won't touch.
    pub fn of_refusal(refusal: &Refusal) -> Self {
        let ours = |path: StatePath| path != StatePath::Strategy;
        let mend = match refusal {
            Refusal::Edited(differences) if differences.iter().any(|d| ours(d.path)) => {
                Some(REBUILD.to_owned())
            }
            _ => None,
        };
        Self { mend, ..Self::new(Care::Person, refusal.to_string()) }
    }

    /// What the next run does before anything new.
    pub fn of_action(action: &Action) -> Self {
        Self::new(Care::NextRun, due(action))
    }
}

fn due(action: &Action) -> String {
    match action {
        Action::Commit(intent) => format!(
            "the commit `{}` was about to be made: the next run makes it",
            intent.message.lines().next().unwrap_or_default()
        ),
        Action::FinishCheckout(files) => {
            let files: Vec<String> = files.iter().map(|file| file.path.to_string()).collect();
            format!("the work tree is behind the last commit: the next run writes {}", files.join(", "))
        }
        Action::DropJournal => {
            "all that the journal says has been done: the next run removes it".to_owned()
        }
        Action::Resume(journal, _) => format!(
            "iteration {} was proposed and not evaluated to the end: the next run does that, and asks nobody again",
            journal.iteration
        ),
        Action::Abandon { journal, reason } => format!(
            "iteration {} can't be finished: the next run records it as abandoned ({reason})",
            journal.iteration
        ),
        Action::FinishLook(_) => {
            "a look at the holdout is written down and has no outcome yet: the next run takes it".to_owned()
        }
        Action::Baseline(BaselineCause::Fresh { .. }) => {
            "there is no iteration yet: the next run scores the baseline".to_owned()
        }
        Action::Baseline(BaselineCause::NewEpoch { .. }) => {
            "program, data or engine changed what decides a score: the next run starts an epoch with a baseline"
                .to_owned()
        }
        Action::TakeInExternal { .. } => {
            "the strategy was changed by a commit of a person: the next run scores it as an `external` iteration"
                .to_owned()
        }
    }
}

/// The state as one commit has it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The commit, for people.
    pub commit: String,
    /// Its files.
    pub files: Blobs,
    /// What they say.
    pub state: State,
}

impl Kept {
    /// How much of the research it holds. Histories and ledgers only grow, so that more is later.
    pub fn size(&self) -> (usize, usize) {
        (self.state.history().len(), self.state.ledger().entries().count())
    }

    /// Whether another state of the same repository went on from here: what it says of this one's iterations and trials
    /// is the same.
    pub fn is_continued_by(&self, other: &State) -> bool {
        let (records, entries) = (self.state.history().records(), self.state.ledger().entries());
        let (entries, others): (Vec<_>, Vec<_>) =
            (entries.collect(), other.ledger().entries().collect());
        other.history().records().starts_with(records) && others.starts_with(&entries)
    }
}

/// What has to be committed so that the files that a commit holds now are those of a kept state. The strategy is a
/// person's to edit: it is restored only where there is none.
pub fn restored(now: &Blobs, kept: &Kept) -> Vec<Change> {
    let wanted = kept.files.iter().filter(|(path, blob)| match path {
        StatePath::Strategy => !now.contains_key(*path),
        _ => now.get(*path) != Some(*blob),
    });
    let change = |(path, blob): (&StatePath, &Blob)| {
        let before = now.get(path).map(|blob| blob.hash().clone());
        Change::new(*path, before, String::from_utf8_lossy(blob).into_owned())
    };
    wanted.map(change).collect()
}

/// Files that a commit holds now and a kept state hasn't: its own would not be whole beside them.
pub fn surplus(now: &Blobs, kept: &Kept) -> Vec<StatePath> {
    now.keys()
        .filter(|path| !kept.files.contains_key(path) && **path != StatePath::Strategy)
        .copied()
        .collect()
}

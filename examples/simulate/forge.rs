//! Pull requests in memory whose effects can fail, as those of the repository: before, after, late, or with the death of the
//! process; what is read may be what was there a moment ago, and people act between any two of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use sprag::ports::{BranchOutcome, BranchPlan, Forge, PullPlan, RepositoryError};
use sprag::review::{Marker, Pull, Receipt, Seen, Stage, iteration_of};
use sprag::state::StatePath;

use crate::disk::Store;
use crate::fate::{Fault, Process, locked};
use crate::reviewers;
use crate::site::{BOT, MAIN, STRATEGY, Site};

/// A forge with what is on its way to it.
#[derive(Debug, Default)]
pub struct Yard {
    pub site: Site,
    /// As it was before the last effect on it.
    before: Option<Site>,
    /// Requests that are still on their way.
    late: Vec<Late>,
    /// What people did, for those that come back to it.
    pub people: reviewers::Deeds,
    /// The record that the first text of a pull request was of, by its number.
    pub first: BTreeMap<u64, u64>,
    /// What a process did that it mustn't, whatever comes of it.
    pub flaw: Option<String>,
}

#[derive(Debug)]
enum Late {
    Push(BranchPlan),
    Describe(u64, PullPlan),
    Close(u64),
}

/// The forge as one process has it.
pub struct Office<'a> {
    pub yard: &'a Mutex<Yard>,
    pub store: &'a Arc<Mutex<Store>>,
    pub process: &'a Process<'a>,
    /// What it saw last, and what it asked for since.
    pub last: Mutex<(Vec<Pull>, BTreeSet<String>)>,
}

impl Site {
    /// Pull requests at this stage.
    pub fn count(&self, stage: Stage) -> u64 {
        self.requests.iter().filter(|request| request.stage == stage).count() as u64
    }
}

impl Yard {
    pub fn new(strategy: &str) -> Self {
        Self { site: Site::with_strategy(strategy), ..Self::default() }
    }

    pub fn remember(&mut self) {
        self.before = Some(self.site.clone());
    }

    fn arrive(&mut self) -> usize {
        let late = std::mem::take(&mut self.late);
        let arrived = late.len();
        for request in late {
            self.remember();
            match request {
                Late::Push(plan) => {
                    let _ = self.site.push(&plan);
                }
                Late::Describe(number, plan) => self.describe(number, &plan),
                Late::Close(number) => self.site.close(number),
            }
        }
        arrived
    }

    /// Files that nobody asks for any more, where a campaign goes on for long: a commit here has copies of all its files, and
    /// of ended pull requests only the strategy is looked at.
    pub fn forget(&mut self) {
        let Site { commits, branches, requests, .. } = &mut self.site;
        let open = requests.iter().filter(|request| request.stage == Stage::Open);
        let open = open.map(|request| request.branch.as_str()).chain([MAIN]);
        let kept: BTreeSet<&String> = open.filter_map(|branch| branches.get(branch)).collect();
        for (_, commit) in commits.iter_mut().filter(|(id, _)| !kept.contains(id)) {
            if commit.files.len() > 1 {
                Arc::make_mut(commit).files.retain(|path, _| path == STRATEGY);
            }
        }
    }

    /// Nothing is under way any more.
    pub fn calm_down(&mut self) {
        self.arrive();
        self.before = None;
    }

    fn describe(&mut self, number: u64, plan: &PullPlan) {
        self.site.describe(number, plan);
        if let Some(receipt) = Receipt::find(&plan.body) {
            self.first.entry(number).or_insert(receipt.record);
        }
    }

    fn wrong(&mut self, flaw: impl Into<String>) {
        self.flaw.get_or_insert(flaw.into());
    }

    /// A branch moves over what a person made of it only when that is recorded.
    fn keeps_commits(&self, plan: &BranchPlan, store: &Store) -> bool {
        let Some(from) = &plan.from else { return true };
        let tip = &self.site.commits[from];
        if tip.author == BOT {
            return true;
        }
        let mut before = tip;
        while let Some(parent) = before.parents.first().filter(|_| before.author != BOT) {
            before = &self.site.commits[parent];
        }
        let theirs = tip.files.get(STRATEGY);
        let planned = plan.files.iter().find(|(path, _)| path == STRATEGY).map(|(_, text)| text);
        let history = store.files().remove(&StatePath::History);
        let is_recorded = |id: &str| {
            let name = format!("\"commit\":\"{id}\"");
            history
                .as_ref()
                .is_some_and(|blob| memchr::memmem::find(blob, name.as_bytes()).is_some())
        };
        theirs == before.files.get(STRATEGY) || theirs == planned || is_recorded(from)
    }
}

fn failed(name: &str) -> RepositoryError {
    RepositoryError::TimedOut { command: name.into(), seconds: 1 }
}

impl Office<'_> {
    /// What becomes of an effect, after whatever arrives before it and what people do then.
    fn at(&self, name: &'static str, may_be_late: bool) -> Fault {
        let fault = self.process.at(name, may_be_late);
        let fate = self.process.fate;
        let mut yard = locked(self.yard);
        if !yard.late.is_empty() && fate.chance(300) && yard.arrive() > 0 {
            self.process.note("a late request arrives");
        }
        if fate.has_faults()
            && !self.process.is_dead()
            && let Some(kind) = fate.trouble(20)
        {
            yard.act(kind, fate);
        }
        fault
    }

    /// One effect: it happens or not, and the process hears of it or not.
    fn effect<T>(
        &self,
        name: &'static str,
        late: Option<Late>,
        apply: impl FnOnce(&mut Yard) -> T,
    ) -> Result<T, RepositoryError> {
        let fault = self.at(name, late.is_some());
        let mut yard = locked(self.yard);
        if let (Fault::Late, Some(late)) = (fault, late) {
            yard.late.push(late);
            return Err(failed(name));
        }
        if matches!(fault, Fault::Before | Fault::Late) {
            return Err(failed(name));
        }
        yard.remember();
        let done = apply(&mut yard);
        if fault == Fault::None { Ok(done) } else { Err(failed(name)) }
    }

    /// Nobody asks for what was there when it looked, or for the same thing twice.
    fn asks(&self, what: &str, is_there: impl Fn(&Pull) -> bool) {
        if self.process.is_dead() {
            return;
        }
        let mut last = locked(&self.last);
        let again = !last.1.insert(what.to_owned());
        if again || last.0.iter().any(is_there) {
            locked(self.yard).wrong(format!("it asked again for what was done: {what}"));
        }
    }
}

impl Forge for Office<'_> {
    fn look(&self, about: &BTreeSet<u64>) -> Result<Seen, RepositoryError> {
        if self.at("look", false) != Fault::None {
            return Err(failed("look"));
        }
        let mut yard = locked(self.yard);
        let fate = self.process.fate;
        let stale = fate.trouble(if fate.has_faults() { 40 } else { 0 });
        let seen = match (stale, &yard.before) {
            (Some(_), Some(before)) => {
                self.process.note("a stale look");
                let seen = before.look(about);
                yard.people.seen_by_all.clear();
                seen
            }
            _ => yard.site.look(about),
        };
        *locked(&self.last) = (seen.pulls.clone(), BTreeSet::new());
        Ok(seen)
    }

    fn push(&self, plan: &BranchPlan) -> Result<BranchOutcome, RepositoryError> {
        self.asks(&format!("push of {}", plan.branch), |_| false);
        self.effect("push", Some(Late::Push(plan.clone())), |yard| {
            if iteration_of(&plan.branch).is_none() {
                yard.wrong(format!("it moved the branch {}", plan.branch));
            }
            if yard.site.pushed(plan).is_none() && !yard.keeps_commits(plan, &locked(self.store)) {
                yard.wrong(format!("a person's commit on {} was passed over", plan.branch));
            }
            yard.site.push(plan)
        })
    }

    fn open(&self, plan: &PullPlan) -> Result<u64, RepositoryError> {
        self.asks(&format!("pull request of {}", plan.branch), |pull| {
            sprag::review::branch(pull.iteration) == plan.branch
        });
        if !locked(self.yard).site.branches.contains_key(&plan.branch) {
            // A person deleted the branch meanwhile.
            return Err(failed("no such branch"));
        }
        self.effect("open", None, |yard| {
            let number = yard.site.open_pull(plan);
            // Two runs may open it at once: what the later one says of it is what it begins with.
            yard.first.remove(&number);
            number
        })
    }

    fn describe(&self, number: u64, plan: &PullPlan) -> Result<(), RepositoryError> {
        self.asks(&format!("text of {number}"), |_| false);
        self.effect("describe", Some(Late::Describe(number, plan.clone())), |yard| {
            yard.describe(number, plan);
        })
    }

    fn close(&self, number: u64) -> Result<(), RepositoryError> {
        self.asks(&format!("end of {number}"), |pull| {
            pull.number == number && pull.stage != Stage::Open
        });
        self.effect("close", Some(Late::Close(number)), |yard| yard.site.close(number))
    }

    fn comment(&self, number: u64, marker: Marker, body: &str) -> Result<(), RepositoryError> {
        self.asks(&format!("{marker} on {number}"), |pull| {
            pull.number == number && pull.has(marker)
        });
        if Marker::find(body) != Some(marker) {
            locked(self.yard).wrong(format!("a comment without its mark: {body:.80}"));
        }
        self.effect("comment", None, |yard| yard.site.comment(number, marker, body))
    }
}

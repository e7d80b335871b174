//! A forge in memory, with people who do things, that a test can kill at any effect.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sprag::ports::{BranchOutcome, BranchPlan, Forge, PullPlan, RepositoryError};
use sprag::review::{
    Base, Comment, Marker, Pull, Receipt, Seen, Stage, Tip, iteration_of, record_of,
};

pub const STRATEGY: &str = "state/strategy.toml";

/// Where people see the model.
pub const PAGE: &str = "//forge/someone/research";

/// The loop, as the author of comments and commits.
pub const BOT: &str = "bot";

#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    pub parents: Vec<String>,
    pub author: String,
    pub message: String,
    pub files: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    pub id: u64,
    pub author: String,
    pub body: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub branch: String,
    pub title: String,
    pub body: String,
    pub labels: BTreeSet<String>,
    pub stage: Stage,
    pub ended: String,
    pub ended_by: Option<String>,
    pub remarks: Vec<Remark>,
}

/// Everything that the forge keeps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Site {
    pub commits: BTreeMap<String, Commit>,
    pub branches: BTreeMap<String, String>,
    /// Their numbers are their positions and one more.
    pub requests: Vec<Request>,
    /// Of comments, commits and moments.
    count: u64,
}

#[derive(Debug, Default)]
pub struct ModelForge {
    pub site: RefCell<Site>,
    /// Effects left before the run is killed.
    pub fuse: Rc<Cell<Option<usize>>>,
    /// Effects that were applied.
    pub effects: Cell<u64>,
    /// Whether pull requests may be opened.
    pub forbids: Cell<bool>,
}

impl Site {
    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    fn commit(&mut self, commit: Commit) -> String {
        let id = format!("c{:04}", self.next());
        self.commits.insert(id.clone(), commit);
        id
    }

    pub fn tip(&self, branch: &str) -> Option<&Commit> {
        self.commits.get(self.branches.get(branch)?)
    }

    pub fn is_ancestor(&self, old: &str, new: &str) -> bool {
        old == new || self.commits[new].parents.iter().any(|parent| self.is_ancestor(old, parent))
    }

    /// The commit of the base branch from which another one comes.
    fn fork(&self, tip: &str) -> String {
        let base = &self.branches["main"];
        let mut fork = tip.to_owned();
        // The loop's commits have the base branch as their last parent.
        while !self.is_ancestor(&fork, base) {
            fork.clone_from(self.commits[&fork].parents.last().unwrap());
        }
        fork
    }

    /// Paths in which a branch differs from the base branch.
    pub fn differs(&self, branch: &str) -> Vec<String> {
        let (ours, base) = (&self.tip(branch).unwrap().files, &self.tip("main").unwrap().files);
        let paths: BTreeSet<&String> = ours.keys().chain(base.keys()).collect();
        paths.into_iter().filter(|path| ours.get(*path) != base.get(*path)).cloned().collect()
    }

    pub fn request(&self, iteration: u64) -> &Request {
        let branch = sprag::review::branch(iteration);
        self.requests.iter().find(|request| request.branch == branch).unwrap()
    }

    pub fn open(&self) -> Vec<u64> {
        let open = self.requests.iter().filter(|request| request.stage == Stage::Open);
        open.filter_map(|request| iteration_of(&request.branch)).collect()
    }
}

/// What people do.
impl ModelForge {
    pub fn with_strategy(text: &str) -> Self {
        let forge = Self::default();
        let files = [
            (STRATEGY.to_owned(), text.to_owned()),
            ("program.md".to_owned(), "# Program\n".to_owned()),
        ];
        let first = Commit {
            parents: Vec::new(),
            author: "alice".into(),
            message: "Begin\n".into(),
            files: files.into(),
        };
        let id = forge.site.borrow_mut().commit(first);
        forge.site.borrow_mut().branches.insert("main".into(), id);
        forge
    }

    pub fn base_text(&self) -> String {
        self.site.borrow().tip("main").unwrap().files[STRATEGY].clone()
    }

    /// A commit of a person on any branch; without a text, the strategy goes.
    pub fn commits(&self, branch: &str, text: Option<&str>) {
        let mut site = self.site.borrow_mut();
        let head = site.branches[branch].clone();
        let mut files = site.commits[&head].files.clone();
        match text {
            Some(text) => files.insert(STRATEGY.into(), text.into()),
            None => files.remove(STRATEGY),
        };
        let id = site.commit(Commit {
            parents: vec![head],
            author: "alice".into(),
            message: "Mine\n".into(),
            files,
        });
        site.branches.insert(branch.into(), id);
    }

    /// A person merges a pull request, if there is no conflict.
    pub fn merges(&self, iteration: u64) -> bool {
        let branch = sprag::review::branch(iteration);
        let mut site = self.site.borrow_mut();
        let (base, tip) = (site.branches["main"].clone(), site.branches[&branch].clone());
        let fork = site.fork(&tip);
        let files = |id: &String| site.commits[id].files.clone();
        let (old, ours, theirs) = (files(&fork), files(&base), files(&tip));
        let mut merged = ours.clone();
        for (path, text) in theirs {
            if old.get(&path) == Some(&text) {
                continue;
            }
            if ours.get(&path) != old.get(&path) && ours.get(&path) != Some(&text) {
                return false;
            }
            merged.insert(path, text);
        }
        let id = site.commit(Commit {
            parents: vec![base, tip],
            author: "alice".into(),
            message: "Merge\n".into(),
            files: merged,
        });
        site.branches.insert("main".into(), id);
        drop(site);
        self.ends(iteration, Stage::Merged);
        true
    }

    pub fn closes(&self, iteration: u64) {
        self.ends(iteration, Stage::Closed);
    }

    pub fn reopens(&self, iteration: u64) {
        self.ends(iteration, Stage::Open);
    }

    pub fn deletes_branch(&self, iteration: u64) {
        self.site.borrow_mut().branches.remove(&sprag::review::branch(iteration));
        self.ends(iteration, Stage::Closed);
    }

    fn ends(&self, iteration: u64, stage: Stage) {
        let mut site = self.site.borrow_mut();
        let moment = format!("2023-01-01T00:00:00.{:06}Z", site.next());
        let branch = sprag::review::branch(iteration);
        let request = site.requests.iter_mut().find(|request| request.branch == branch).unwrap();
        request.stage = stage;
        let is_open = stage == Stage::Open;
        request.ended = if is_open { String::new() } else { moment };
        request.ended_by = (!is_open).then(|| "alice".to_owned());
    }

    /// Somebody comments; only a stranger may not write.
    pub fn says(&self, iteration: u64, author: &str, body: &str) -> u64 {
        let mut site = self.site.borrow_mut();
        let id = site.next();
        let branch = sprag::review::branch(iteration);
        let request = site.requests.iter_mut().find(|request| request.branch == branch).unwrap();
        request.remarks.push(Remark { id, author: author.into(), body: body.into() });
        id
    }

    /// One effect: a kill comes before it or, its answer lost, after it.
    fn effect<T>(&self, change: impl FnOnce(&mut Site) -> T) -> Result<T, RepositoryError> {
        self.burn()?;
        self.effects.set(self.effects.get() + 1);
        let changed = change(&mut self.site.borrow_mut());
        self.burn()?;
        Ok(changed)
    }

    fn burn(&self) -> Result<(), RepositoryError> {
        match self.fuse.get() {
            Some(0) => Err(killed()),
            Some(left) => {
                self.fuse.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

pub fn killed() -> RepositoryError {
    RepositoryError::TimedOut { command: "killed".into(), seconds: 0 }
}

fn comment(remark: &Remark) -> Comment {
    let writes = remark.author != "stranger";
    Comment {
        id: Some(remark.id),
        author: remark.author.clone(),
        writes: writes && remark.author != BOT,
        marker: Marker::find(&remark.body).filter(|_| writes),
        body: remark.body.clone(),
    }
}

impl Forge for ModelForge {
    fn look(&self, about: &BTreeSet<u64>) -> Result<Seen, RepositoryError> {
        let site = self.site.borrow();
        let base = Base {
            branch: "main".into(),
            commit: site.branches["main"].clone(),
            strategy: site.tip("main").unwrap().files.get(STRATEGY).cloned(),
            page: PAGE.into(),
            folder: String::new(),
        };
        let pulls = site.requests.iter().enumerate().filter_map(|(at, request)| {
            let iteration = iteration_of(&request.branch)?;
            let tip = site.branches.get(&request.branch).map(|id| {
                let commit = &site.commits[id];
                Tip {
                    commit: id.clone(),
                    record: record_of(&commit.message),
                    author: Some(commit.author.clone()),
                    strategy: commit.files.get(STRATEGY).cloned(),
                    fork: site.commits[&site.fork(id)].files.get(STRATEGY).cloned(),
                }
            });
            let is_told = request.stage == Stage::Open || about.contains(&iteration);
            let comments = request.remarks.iter().filter(|_| is_told).map(comment).collect();
            Some(Pull {
                iteration,
                number: at as u64 + 1,
                stage: request.stage,
                ended: request.ended.clone(),
                ended_by: request.ended_by.clone(),
                receipt: Receipt::find(&request.body),
                tip,
                comments,
            })
        });
        Ok(Seen { base, pulls: pulls.collect() })
    }

    fn push(&self, plan: &BranchPlan) -> Result<BranchOutcome, RepositoryError> {
        let site = self.site.borrow();
        let head = site.branches.get(&plan.branch);
        if head.is_some() && head != plan.from.as_ref() {
            let is_done = site.tip(&plan.branch).is_some_and(|tip| tip.message == plan.message);
            let commit = head.cloned().unwrap_or_default();
            return Ok(if is_done { BranchOutcome::Done { commit } } else { BranchOutcome::Moved });
        }
        drop(site);
        self.effect(|site| {
            let mut files = site.commits[&plan.base].files.clone();
            files.extend(plan.files.iter().cloned());
            let parents = plan.from.iter().chain([&plan.base]).cloned().collect();
            let (author, message) = (BOT.to_owned(), plan.message.clone());
            let id = site.commit(Commit { parents, author, message, files });
            site.branches.insert(plan.branch.clone(), id.clone());
            BranchOutcome::Done { commit: id }
        })
    }

    fn open(&self, plan: &PullPlan) -> Result<u64, RepositoryError> {
        let is_there = |request: &Request| request.branch == plan.branch;
        if let Some(at) = self.site.borrow().requests.iter().position(is_there) {
            return Ok(at as u64 + 1);
        }
        if self.forbids.get() {
            return Err(RepositoryError::Unusable {
                path: "the model".into(),
                message: "nobody may open a pull request".into(),
            });
        }
        assert!(self.site.borrow().branches.contains_key(&plan.branch), "no such branch");
        self.effect(|site| {
            site.requests.push(Request {
                branch: plan.branch.clone(),
                title: plan.title.clone(),
                body: plan.body.clone(),
                labels: BTreeSet::new(),
                stage: Stage::Open,
                ended: String::new(),
                ended_by: None,
                remarks: Vec::new(),
            });
            site.requests.len() as u64
        })
    }

    fn describe(&self, number: u64, plan: &PullPlan) -> Result<(), RepositoryError> {
        self.effect(|site| {
            let request = &mut site.requests[number as usize - 1];
            request.title.clone_from(&plan.title);
            request.body.clone_from(&plan.body);
            request.labels.extend(plan.labels.iter().cloned());
        })
    }

    fn close(&self, number: u64) -> Result<(), RepositoryError> {
        self.effect(|site| {
            let request = &mut site.requests[number as usize - 1];
            if request.stage == Stage::Open {
                request.stage = Stage::Closed;
                request.ended_by = Some(BOT.into());
            }
        })
    }

    fn comment(&self, number: u64, marker: Marker, body: &str) -> Result<(), RepositoryError> {
        let request = self.site.borrow().requests[number as usize - 1].clone();
        if request.remarks.iter().any(|remark| comment(remark).marker == Some(marker)) {
            return Ok(());
        }
        self.effect(|site| {
            let id = site.next();
            let remark = Remark { id, author: BOT.into(), body: body.into() };
            site.requests[number as usize - 1].remarks.push(remark);
        })
    }
}

//! A forge as data: branches, pull requests and comments, what people do to them, and what the loop asks of them. The tests'
//! forge and that of `examples/simulate` are both made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sprag::ports::{BranchOutcome, BranchPlan, PullPlan};
use sprag::review::{
    Base, Comment, Marker, Pull, Receipt, Seen, Stage, Tip, iteration_of, record_of,
};

pub const STRATEGY: &str = "state/strategy.toml";

/// The branch that pull requests are merged into.
pub const MAIN: &str = "main";

/// Where people see it.
pub const PAGE: &str = "//forge/someone/research";

/// The loop, as the author of comments and commits.
pub const BOT: &str = "bot";

/// One who may not write.
pub const STRANGER: &str = "stranger";

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
    /// The commit that its branch was at when it ended.
    pub head: Option<String>,
    pub remarks: Vec<Remark>,
}

/// Everything that a forge keeps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Site {
    pub commits: BTreeMap<String, Arc<Commit>>,
    pub branches: BTreeMap<String, String>,
    /// Their numbers are their positions and one more.
    pub requests: Vec<Request>,
    /// Of comments, commits and moments.
    count: u64,
}

impl Site {
    /// A forge whose base branch has this strategy.
    pub fn with_strategy(text: &str) -> Self {
        let mut site = Self::default();
        let files = [
            (STRATEGY.to_owned(), text.to_owned()),
            ("program.md".to_owned(), "# Program\n".to_owned()),
        ];
        site.commit(
            MAIN,
            Commit {
                parents: Vec::new(),
                author: "alice".into(),
                message: "Begin\n".into(),
                files: files.into(),
            },
        );
        site
    }

    fn next(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// Makes a commit, and has a branch be at it.
    fn commit(&mut self, branch: &str, commit: Commit) -> String {
        let id = format!("c{:04}", self.next());
        self.commits.insert(id.clone(), Arc::new(commit));
        self.branches.insert(branch.into(), id.clone());
        id
    }

    pub fn tip(&self, branch: &str) -> Option<&Commit> {
        self.commits.get(self.branches.get(branch)?).map(AsRef::as_ref)
    }

    pub fn base_text(&self) -> Option<&String> {
        self.tip(MAIN)?.files.get(STRATEGY)
    }

    /// A commit and all that it goes on from.
    pub fn history(&self, tip: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut next: Vec<&str> =
            self.commits.get_key_value(tip).map(|(id, _)| id.as_str()).into_iter().collect();
        while let Some(id) = next.pop() {
            if found.insert(id) {
                next.extend(self.commits[id].parents.iter().map(String::as_str));
            }
        }
        found
    }

    /// The base branch, with all that it goes on from.
    fn base(&self) -> BTreeSet<&str> {
        self.history(&self.branches[MAIN])
    }

    /// The commit of the base branch from which another one comes.
    fn fork(&self, base: &BTreeSet<&str>, tip: &str) -> String {
        let mut fork = tip;
        // The loop's commits have the base branch as their last parent.
        while let Some(parent) = self.commits[fork].parents.last().filter(|_| !base.contains(fork))
        {
            fork = parent;
        }
        fork.to_owned()
    }

    pub fn find(&self, iteration: u64) -> Option<&Request> {
        let branch = sprag::review::branch(iteration);
        self.requests.iter().find(|request| request.branch == branch)
    }

    fn find_mut(&mut self, iteration: u64) -> Option<&mut Request> {
        let branch = sprag::review::branch(iteration);
        self.requests.iter_mut().find(|request| request.branch == branch)
    }

    pub fn open(&self) -> Vec<u64> {
        let open = self.requests.iter().filter(|request| request.stage == Stage::Open);
        open.filter_map(|request| iteration_of(&request.branch)).collect()
    }
}

/// What people do.
impl Site {
    /// A commit of a person on any branch; without a text, the strategy goes.
    pub fn person_commits(&mut self, branch: &str, text: Option<&str>) -> Option<String> {
        let head = self.branches.get(branch)?.clone();
        let mut files = self.commits[&head].files.clone();
        match text {
            Some(text) => files.insert(STRATEGY.into(), text.into()),
            None => files.remove(STRATEGY),
        };
        let (author, message) = ("alice".into(), "Mine\n".into());
        Some(self.commit(branch, Commit { parents: vec![head], author, message, files }))
    }

    /// A person merges a pull request, if there is no conflict.
    pub fn person_merges(&mut self, iteration: u64) -> bool {
        let branch = sprag::review::branch(iteration);
        let Some(tip) = self.branches.get(&branch).cloned() else { return false };
        let base = self.branches[MAIN].clone();
        let fork = self.fork(&self.base(), &tip);
        let files = |id: &String| &self.commits[id].files;
        let (old, ours, theirs) = (files(&fork), files(&base), files(&tip));
        let mut merged = ours.clone();
        for (path, text) in theirs {
            if old.get(path) == Some(text) {
                continue;
            }
            if ours.get(path) != old.get(path) && ours.get(path) != Some(text) {
                return false;
            }
            merged.insert(path.clone(), text.clone());
        }
        let (author, message) = ("alice".into(), "Merge\n".into());
        self.commit(MAIN, Commit { parents: vec![base, tip], author, message, files: merged });
        self.person_ends(iteration, Stage::Merged);
        true
    }

    /// A person closes a pull request or opens it again.
    pub fn person_ends(&mut self, iteration: u64, stage: Stage) {
        let moment = format!("2023-01-01T00:00:00.{:06}Z", self.next());
        let is_open = stage == Stage::Open;
        let head = self.branches.get(&sprag::review::branch(iteration)).cloned();
        if let Some(request) = self.find_mut(iteration) {
            request.head = head;
            request.stage = stage;
            request.ended = if is_open { String::new() } else { moment };
            request.ended_by = (!is_open).then(|| "alice".to_owned());
        }
    }

    /// A person deletes the branch of a pull request, which closes it.
    pub fn person_deletes(&mut self, iteration: u64) {
        if self.find(iteration).is_some_and(|request| request.stage == Stage::Open) {
            self.person_ends(iteration, Stage::Closed);
        }
        self.branches.remove(&sprag::review::branch(iteration));
    }

    /// Somebody comments; only a stranger may not write.
    pub fn somebody_says(&mut self, iteration: u64, author: &str, body: &str) -> u64 {
        let id = self.next();
        if let Some(request) = self.find_mut(iteration) {
            request.remarks.push(Remark { id, author: author.into(), body: body.into() });
        }
        id
    }
}

/// What the loop asks, as the port has it.
impl Site {
    pub fn look(&self, about: &BTreeSet<u64>) -> Seen {
        let base = Base {
            branch: MAIN.into(),
            commit: self.branches[MAIN].clone(),
            strategy: self.base_text().cloned(),
            page: PAGE.into(),
            folder: String::new(),
        };
        let history = self.base();
        let pulls = self.requests.iter().enumerate().filter_map(|(at, request)| {
            let iteration = iteration_of(&request.branch)?;
            let tip = self.branches.get(&request.branch).map(|id| {
                let commit = &self.commits[id];
                Tip {
                    commit: id.clone(),
                    record: record_of(&commit.message),
                    author: Some(commit.author.clone()),
                    strategy: commit.files.get(STRATEGY).cloned(),
                    fork: self.commits[&self.fork(&history, id)].files.get(STRATEGY).cloned(),
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
        Seen { base, pulls: pulls.collect() }
    }

    /// Whether a branch is as planned, or has moved from where it was seen; none where it is to be made or moved.
    pub fn pushed(&self, plan: &BranchPlan) -> Option<BranchOutcome> {
        let head = self.branches.get(&plan.branch);
        if head == plan.from.as_ref() {
            return None;
        }
        let is_done = self.tip(&plan.branch).is_some_and(|tip| tip.message == plan.message);
        let commit = head.cloned().unwrap_or_default();
        Some(if is_done { BranchOutcome::Done { commit } } else { BranchOutcome::Moved })
    }

    pub fn push(&mut self, plan: &BranchPlan) -> BranchOutcome {
        if let Some(outcome) = self.pushed(plan) {
            return outcome;
        }
        let mut files = self.commits[&plan.base].files.clone();
        files.extend(plan.files.iter().cloned());
        let parents = plan.from.iter().chain([&plan.base]).cloned().collect();
        let (author, message) = (BOT.to_owned(), plan.message.clone());
        let commit = self.commit(&plan.branch, Commit { parents, author, message, files });
        BranchOutcome::Done { commit }
    }

    /// The number of the pull request of a branch: one that is open, or was ended when the branch was where it is now.
    pub fn opened(&self, branch: &str) -> Option<u64> {
        let tip = self.branches.get(branch);
        let is_it = |request: &Request| {
            let is_of_tip = request.head.as_ref() == tip && tip.is_some();
            request.branch == branch && (request.stage == Stage::Open || is_of_tip)
        };
        self.requests.iter().rposition(is_it).map(|at| at as u64 + 1)
    }

    pub fn open_pull(&mut self, plan: &PullPlan) -> u64 {
        if let Some(number) = self.opened(&plan.branch) {
            return number;
        }
        self.requests.push(Request {
            branch: plan.branch.clone(),
            title: plan.title.clone(),
            body: plan.body.clone(),
            labels: BTreeSet::new(),
            stage: Stage::Open,
            ended: String::new(),
            ended_by: None,
            head: None,
            remarks: Vec::new(),
        });
        self.requests.len() as u64
    }

    fn numbered(&mut self, number: u64) -> &mut Request {
        &mut self.requests[number as usize - 1]
    }

    pub fn describe(&mut self, number: u64, plan: &PullPlan) {
        let request = self.numbered(number);
        request.title.clone_from(&plan.title);
        request.body.clone_from(&plan.body);
        request.labels.extend(plan.labels.iter().cloned());
    }

    pub fn close(&mut self, number: u64) {
        let branch = self.numbered(number).branch.clone();
        let head = self.branches.get(&branch).cloned();
        let request = self.numbered(number);
        if request.stage == Stage::Open {
            request.stage = Stage::Closed;
            request.head = head;
            request.ended_by = Some(BOT.into());
        }
    }

    /// Whether the loop has made the comment with this marker.
    pub fn said(&self, number: u64, marker: Marker) -> bool {
        let remarks = &self.requests[number as usize - 1].remarks;
        remarks.iter().any(|remark| comment(remark).marker == Some(marker))
    }

    pub fn comment(&mut self, number: u64, marker: Marker, body: &str) {
        if !self.said(number, marker) {
            let id = self.next();
            let remark = Remark { id, author: BOT.into(), body: body.into() };
            self.numbered(number).remarks.push(remark);
        }
    }
}

fn comment(remark: &Remark) -> Comment {
    let writes = remark.author != STRANGER;
    Comment {
        id: Some(remark.id),
        author: remark.author.clone(),
        writes: writes && remark.author != BOT,
        marker: Marker::find(&remark.body).filter(|_| writes),
        body: remark.body.clone(),
    }
}

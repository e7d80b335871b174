//! Pull requests on GitHub: what there is of the loop's, and what is done to them.
//!
//! What is asked for is bounded by how many are open, not by how many there ever were. Nothing is sent again before it was
//! looked up whether the first time did it.

mod refused;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::access::undecided;
use super::api::{Answer, Method, Sent, encoded};
use super::observe::decoded;
use super::{Connection, GithubRepository, Target, access};
use crate::adapters::git::GitRepository;
use crate::ports::{BranchOutcome, BranchPlan, Forge, PullPlan, RepositoryError};
use crate::review::{
    Base, Comment, Marker, Pull, Receipt, Seen, Stage, Tip, branch, iteration_of, record_of,
};
use crate::state::StatePath;

/// Times that a request is sent whose answers get lost.
const TRIES: usize = 4;
/// Items of one page; pages of a list that are read.
const PAGE: usize = 100;
const MOST_PAGES: usize = 20;

/// Pull requests into one branch of a repository on GitHub.
#[derive(Debug)]
pub struct GithubForge {
    /// The branch that they are merged into.
    base: GithubRepository,
    /// Who may write, as far as asked.
    writers: RefCell<BTreeMap<String, bool>>,
}

impl GithubForge {
    /// Pull requests into the branch that `target` names.
    ///
    /// # Errors
    /// A repository that the token doesn't reach, with what to do.
    pub fn open(
        local: GitRepository,
        connection: Connection,
        target: Target,
    ) -> Result<Self, RepositoryError> {
        let base = GithubRepository::open(local, connection, target)?;
        Ok(Self { base, writers: RefCell::default() })
    }

    /// The branch that pull requests are merged into.
    pub fn branch(&self) -> &str {
        self.base.branch()
    }

    /// Whether there is a branch of this name.
    ///
    /// # Errors
    /// GitHub is out of reach, or refuses.
    pub fn has(&self, branch: &str) -> Result<bool, RepositoryError> {
        Ok(self.head_of(branch)?.is_some())
    }

    /// Makes a branch where the base branch is, unless there is one of that name.
    ///
    /// # Errors
    /// GitHub is out of reach, or refuses.
    pub fn begin(&self, branch: &str) -> Result<(), RepositoryError> {
        if self.head_of(branch)?.is_some() {
            return Ok(());
        }
        let (head, _) = self.base.head()?;
        match self.point(branch, None, &head)? {
            BranchOutcome::Done { .. } | BranchOutcome::Moved => Ok(()),
        }
    }

    fn get(&self, rest: &str) -> Result<Answer, RepositoryError> {
        self.base.api.get(&self.base.path(rest))
    }

    /// All items of a list, page by page.
    fn list(&self, rest: &str, what: &str) -> Result<Vec<Value>, RepositoryError> {
        let mut all = Vec::new();
        let joint = if rest.contains('?') { '&' } else { '?' };
        for page in 1..=MOST_PAGES {
            let answer = self.get(&format!("{rest}{joint}per_page={PAGE}&page={page}"))?;
            let Some(items) = answer.body.as_array().filter(|_| answer.status == 200) else {
                return Err(self.base.refused(what, &answer));
            };
            all.extend(items.iter().cloned());
            if items.len() < PAGE {
                break;
            }
        }
        Ok(all)
    }

    /// The commit that a branch is at; `None` where there is no such branch.
    fn head_of(&self, branch: &str) -> Result<Option<String>, RepositoryError> {
        let answer = self.get(&format!("git/ref/heads/{}", encoded(branch)))?;
        match (answer.status, answer.body["object"]["sha"].as_str()) {
            (200, Some(id)) => Ok(Some(id.to_owned())),
            (404, _) => Ok(None),
            (409, _) => Err(access::empty(&self.base.connection)),
            _ => Err(self.base.refused("to look at a branch", &answer)),
        }
    }

    /// Has a branch point to a commit, if it is still where it was seen; only forward.
    fn point(
        &self,
        branch: &str,
        from: Option<&str>,
        commit: &str,
    ) -> Result<BranchOutcome, RepositoryError> {
        let (method, rest, body) = match from {
            Some(_) => {
                let rest = format!("git/refs/heads/{}", encoded(branch));
                (Method::Patch, rest, json!({ "sha": commit, "force": false }))
            }
            None => {
                let name = format!("refs/heads/{branch}");
                (Method::Post, "git/refs".to_owned(), json!({ "ref": name, "sha": commit }))
            }
        };
        let done = || BranchOutcome::Done { commit: commit.to_owned() };
        // An update that isn't forced would also bring back what somebody took away by now.
        if from.is_some() && self.head_of(branch)?.as_deref() != from {
            return Ok(BranchOutcome::Moved);
        }
        let mut why = String::new();
        for _ in 0..TRIES {
            match self.base.api.send(method, &self.base.path(&rest), Some(&body))? {
                Sent::Answered(answer) if answer.status < 300 => return Ok(done()),
                Sent::Answered(answer) if answer.status == 422 => {
                    why = self.base.api.words(&answer);
                    if access::is_protection(&why) {
                        return Err(access::protected_own(branch, &why));
                    }
                }
                Sent::Answered(answer) => {
                    return Err(self.base.refused("to write contents", &answer));
                }
                Sent::Unknown(said) => why = said,
            }
            let found = self.head_of(branch)?;
            if found.as_deref() == Some(commit) {
                return Ok(done());
            }
            if found.as_deref() != from {
                return Ok(BranchOutcome::Moved);
            }
        }
        Err(undecided("a branch", &why))
    }

    /// A file of a commit; `None` where it has none.
    fn file(&self, commit: &str, path: &str) -> Result<Option<String>, RepositoryError> {
        let path = encoded(&self.base.at_top(path));
        let answer = self.get(&format!("contents/{path}?ref={commit}"))?;
        let bytes = match answer.status {
            404 => return Ok(None),
            // Above a megabyte, it is left out there; no strategy is that long.
            200 => decoded(&answer.body).unwrap_or_default(),
            _ => return Err(self.base.refused("to read contents", &answer)),
        };
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The pull requests that are looked at, by iteration: open ones, those asked about, and some that changed lately.
    fn found(&self, about: &BTreeSet<u64>) -> Result<BTreeMap<u64, Value>, RepositoryError> {
        let what = "to list pull requests";
        let mut found = BTreeMap::new();
        let mut add = |pull: Value| {
            let Some(iteration) = self.is_ours(&pull) else { return };
            let rank = |pull: &Value| (pull["state"] == "open", pull["number"].as_u64());
            match found.get(&iteration) {
                Some(other) if rank(other) >= rank(&pull) => {}
                _ => {
                    found.insert(iteration, pull);
                }
            }
        };
        self.list("pulls?state=open", what)?.into_iter().for_each(&mut add);
        let lately = "pulls?state=all&sort=updated&direction=desc";
        let answer = self.get(&format!("{lately}&per_page={PAGE}"))?;
        match answer.body.as_array().filter(|_| answer.status == 200) {
            Some(pulls) => pulls.iter().cloned().for_each(&mut add),
            None => return Err(self.base.refused(what, &answer)),
        }
        let missing: Vec<u64> =
            about.iter().copied().filter(|iteration| !found.contains_key(iteration)).collect();
        let owner = self.base.connection.repository.split('/').next().unwrap_or_default();
        for iteration in missing {
            let head = encoded(&format!("{owner}:{}", branch(iteration)));
            for pull in self.list(&format!("pulls?state=all&head={head}"), what)? {
                if self.is_ours(&pull) == Some(iteration) {
                    found.insert(iteration, pull);
                }
            }
        }
        Ok(found)
    }

    /// The iteration of a pull request that the loop could have made: from a branch of this very repository, not from one of
    /// that name in a fork.
    fn is_ours(&self, pull: &Value) -> Option<u64> {
        let from = pull["head"]["repo"]["full_name"].as_str()?;
        let is_here = from.eq_ignore_ascii_case(&self.base.connection.repository);
        let is_into_base = pull["base"]["ref"] == self.base.branch();
        iteration_of(pull["head"]["ref"].as_str()?).filter(|_| is_here && is_into_base)
    }

    fn pull(
        &self,
        iteration: u64,
        is_asked: bool,
        pull: &Value,
        base: &Base,
    ) -> Result<Option<Pull>, RepositoryError> {
        let Some(number) = pull["number"].as_u64() else { return Ok(None) };
        let merged = pull["merged_at"].as_str();
        let stage = match (pull["state"] == "open", merged) {
            (true, _) => Stage::Open,
            (false, Some(_)) => Stage::Merged,
            (false, None) => Stage::Closed,
        };
        let is_told = stage == Stage::Open || is_asked;
        Ok(Some(Pull {
            iteration,
            number,
            stage,
            ended: merged.or(pull["closed_at"].as_str()).unwrap_or_default().to_owned(),
            ended_by: match stage {
                Stage::Merged if is_asked => self.merged_by(number)?,
                _ => None,
            },
            receipt: Receipt::find(pull["body"].as_str().unwrap_or_default()),
            tip: if is_told { self.tip(iteration, base)? } else { None },
            comments: if is_told { self.comments(number)? } else { Vec::new() },
        }))
    }

    fn merged_by(&self, number: u64) -> Result<Option<String>, RepositoryError> {
        let answer = self.get(&format!("pulls/{number}"))?;
        match answer.status {
            200 => Ok(answer.body["merged_by"]["login"].as_str().map(str::to_owned)),
            _ => Err(self.base.refused("to read a pull request", &answer)),
        }
    }

    fn tip(&self, iteration: u64, base: &Base) -> Result<Option<Tip>, RepositoryError> {
        let Some(commit) = self.head_of(&branch(iteration))? else { return Ok(None) };
        let answer = self.get(&format!("commits?sha={commit}&per_page=1"))?;
        let Some(last) = answer.body.get(0).filter(|_| answer.status == 200) else {
            return Err(self.base.refused("to read a commit", &answer));
        };
        let message = last["commit"]["message"].as_str().unwrap_or_default();
        let author = last["author"]["login"].as_str().or(last["commit"]["author"]["name"].as_str());
        let strategy = self.file(&commit, &StatePath::Strategy.to_string())?;
        let fork = self.fork(&commit, base)?;
        let (record, author) = (record_of(message), author.map(str::to_owned));
        Ok(Some(Tip { commit, record, author, strategy, fork }))
    }

    /// The strategy where a commit's history left the base branch.
    fn fork(&self, commit: &str, base: &Base) -> Result<Option<String>, RepositoryError> {
        let answer = self.get(&format!("compare/{}...{commit}?per_page=1", base.commit))?;
        match (answer.status, answer.body["merge_base_commit"]["sha"].as_str()) {
            (200, Some(fork)) if fork == base.commit => Ok(base.strategy.clone()),
            (200, Some(fork)) => self.file(fork, &StatePath::Strategy.to_string()),
            // Nothing in common: what it is merged into was made anew.
            (404, _) => Ok(None),
            _ => Err(self.base.refused("to compare a branch", &answer)),
        }
    }

    /// Comments and reviews with words, oldest first.
    fn comments(&self, number: u64) -> Result<Vec<Comment>, RepositoryError> {
        let what = "to read comments";
        let mut said = Vec::new();
        for comment in self.list(&format!("issues/{number}/comments"), what)? {
            let at = comment["created_at"].as_str().unwrap_or_default().to_owned();
            said.push((at, self.comment_of(&comment, comment["id"].as_u64())?));
        }
        for review in self.list(&format!("pulls/{number}/reviews"), what)? {
            if review["body"].as_str().is_some_and(|body| !body.trim().is_empty()) {
                let at = review["submitted_at"].as_str().unwrap_or_default().to_owned();
                said.push((at, self.comment_of(&review, None)?));
            }
        }
        // Stable, so that comments of one second keep their order.
        said.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(said.into_iter().map(|(_, comment)| comment).collect())
    }

    fn comment_of(&self, value: &Value, id: Option<u64>) -> Result<Comment, RepositoryError> {
        let user = &value["user"];
        let author = user["login"].as_str().unwrap_or("ghost").to_owned();
        let is_program = user["type"] == "Bot";
        let writes = !is_program
            && match value["author_association"].as_str() {
                Some("OWNER") => true,
                Some("MEMBER" | "COLLABORATOR") => self.may_write(&author)?,
                _ => false,
            };
        let body = value["body"].as_str().unwrap_or_default().to_owned();
        let marker = Marker::find(&body).filter(|_| is_program || writes);
        Ok(Comment { id, author, writes, marker, body })
    }

    /// Whether somebody may write to the repository: members of an organisation needn't.
    fn may_write(&self, login: &str) -> Result<bool, RepositoryError> {
        if let Some(known) = self.writers.borrow().get(login) {
            return Ok(*known);
        }
        let answer = self.get(&format!("collaborators/{}/permission", encoded(login)))?;
        let may = match answer.status {
            200 => {
                matches!(answer.body["permission"].as_str(), Some("admin" | "write" | "maintain"))
            }
            404 => false,
            _ => return Err(self.base.refused("to ask who may write", &answer)),
        };
        self.writers.borrow_mut().insert(login.to_owned(), may);
        Ok(may)
    }

    /// Sends something that may be done twice without harm, until there is an answer.
    fn repeat(
        &self,
        method: Method,
        rest: &str,
        body: &Value,
        what: &str,
    ) -> Result<(), RepositoryError> {
        let mut why = String::new();
        for _ in 0..TRIES {
            match self.base.api.send(method, &self.base.path(rest), Some(body))? {
                Sent::Answered(answer) if answer.status < 300 => return Ok(()),
                Sent::Answered(answer) => return Err(self.refused(what, &answer)),
                Sent::Unknown(said) => why = said,
            }
        }
        Err(undecided(what.trim_start_matches("to "), &why))
    }

    fn label(&self, number: u64, labels: &[String]) -> Result<(), RepositoryError> {
        if labels.is_empty() {
            return Ok(());
        }
        let body = json!({ "labels": labels });
        self.repeat(Method::Post, &format!("issues/{number}/labels"), &body, "to set labels")
    }

    /// The pull request of a branch: one that is open, or that was ended when the branch was where it is now.
    fn open_of(&self, branch: &str) -> Result<Option<u64>, RepositoryError> {
        let owner = self.base.connection.repository.split('/').next().unwrap_or_default();
        let head = encoded(&format!("{owner}:{branch}"));
        let pulls = self.list(&format!("pulls?state=all&head={head}"), "to list pull requests")?;
        let ours: Vec<&Value> = pulls.iter().filter(|pull| self.is_ours(pull).is_some()).collect();
        let number = |pull: &&Value| pull["number"].as_u64();
        if let Some(open) = ours.iter().find(|pull| pull["state"] == "open") {
            return Ok(number(open));
        }
        if ours.is_empty() {
            return Ok(None);
        }
        // Another run may have opened it a moment ago, and a person ended it already. One of another history is of another
        // commit.
        let tip = self.head_of(branch)?;
        let of_tip = ours.iter().find(|pull| pull["head"]["sha"].as_str() == tip.as_deref());
        Ok(of_tip.and_then(number))
    }
}

impl Forge for GithubForge {
    fn look(&self, about: &BTreeSet<u64>) -> Result<Seen, RepositoryError> {
        let (commit, tree) = self.base.head()?;
        self.base.refuse_another_program(&commit, &tree)?;
        let strategy = self.file(&commit, &StatePath::Strategy.to_string())?;
        let base = Base {
            branch: self.base.branch().to_owned(),
            commit,
            strategy,
            page: self.base.place.page.clone(),
            folder: self.base.local.prefix().to_owned(),
        };
        let mut pulls = Vec::new();
        for (iteration, pull) in self.found(about)? {
            pulls.extend(self.pull(iteration, about.contains(&iteration), &pull, &base)?);
        }
        Ok(Seen { base, pulls })
    }

    fn push(&self, plan: &BranchPlan) -> Result<BranchOutcome, RepositoryError> {
        let head = self.head_of(&plan.branch)?;
        if head != plan.from {
            let Some(head) = head else { return Ok(BranchOutcome::Moved) };
            let answer = self.get(&format!("git/commits/{head}"))?;
            let message = answer.body["message"].as_str().unwrap_or_default();
            let is_done = answer.status == 200 && message.trim_end() == plan.message.trim_end();
            return Ok(match is_done {
                true => BranchOutcome::Done { commit: head },
                false => BranchOutcome::Moved,
            });
        }
        let answer = self.get(&format!("git/commits/{}", plan.base))?;
        let Some(tree) = answer.body["tree"]["sha"].as_str().filter(|_| answer.status == 200)
        else {
            return Err(self.base.refused("to read a commit", &answer));
        };
        let files = plan.files.iter();
        let entries: Vec<Value> =
            files.map(|(path, text)| self.base.entry(&self.base.at_top(path), text)).collect();
        let tree = self.base.make("git/trees", &json!({ "base_tree": tree, "tree": entries }))?;
        let parents: Vec<&String> = plan.from.iter().chain([&plan.base]).collect();
        let body = json!({ "message": plan.message, "tree": tree, "parents": parents });
        let commit = self.base.make("git/commits", &body)?;
        self.point(&plan.branch, plan.from.as_deref(), &commit)
    }

    fn open(&self, plan: &PullPlan) -> Result<u64, RepositoryError> {
        let body = json!({
            "title": plan.title, "head": plan.branch, "base": self.base.branch(), "body": plan.body,
        });
        let mut why = String::new();
        for _ in 0..TRIES {
            // Also where a list that was read lags behind.
            if let Some(number) = self.open_of(&plan.branch)? {
                return Ok(number);
            }
            match self.base.api.send(Method::Post, &self.base.path("pulls"), Some(&body))? {
                Sent::Answered(answer) if answer.status == 201 => {
                    if let Some(number) = answer.body["number"].as_u64() {
                        return Ok(number);
                    }
                }
                Sent::Answered(answer) => {
                    why = self.base.api.words(&answer);
                    if answer.status != 422 || !why.contains("already exists") {
                        return Err(self.refused("to open a pull request", &answer));
                    }
                }
                Sent::Unknown(said) => why = said,
            }
        }
        Err(undecided("a pull request", &why))
    }

    fn describe(&self, number: u64, plan: &PullPlan) -> Result<(), RepositoryError> {
        // Labels first: the text is the receipt of everything before it.
        self.label(number, &plan.labels)?;
        let body = json!({ "title": plan.title, "body": plan.body });
        self.repeat(Method::Patch, &format!("pulls/{number}"), &body, "to change a pull request")
    }

    fn close(&self, number: u64) -> Result<(), RepositoryError> {
        let body = json!({ "state": "closed" });
        self.repeat(Method::Patch, &format!("pulls/{number}"), &body, "to close a pull request")
    }

    fn comment(&self, number: u64, marker: Marker, body: &str) -> Result<(), RepositoryError> {
        let path = self.base.path(&format!("issues/{number}/comments"));
        let mut why = String::new();
        for _ in 0..TRIES {
            let there = self.comments(number)?;
            if there.iter().any(|comment| comment.marker == Some(marker)) {
                return Ok(());
            }
            match self.base.api.send(Method::Post, &path, Some(&json!({ "body": body })))? {
                Sent::Answered(answer) if answer.status == 201 => return Ok(()),
                Sent::Answered(answer) => return Err(self.refused("to comment", &answer)),
                Sent::Unknown(said) => why = said,
            }
        }
        Err(undecided("a comment", &why))
    }
}

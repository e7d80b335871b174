//! Makes a commit on the branch, if its head is still the one that was read.
//!
//! GitHub makes the commit, so its id and its time are GitHub's. What tells whether a commit is the one that was asked for
//! is its parent and a trailer with a hash of the files' contents: by that it is found again after a lost answer.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::GithubRepository;
use super::access::undecided;
use super::api::{Answer, Method, Sent, encoded};
use crate::ports::{CommitId, CommitOutcome, CommitPlan, RepositoryError};
use crate::state::{Blob, ContentHash};

/// Times that a commit is tried whose answers get lost.
const TRIES: usize = 4;
/// The first wait between two tries; each is twice as long as the one before.
const MOMENT: Duration = Duration::from_millis(200);
/// Commits back from the head among which a lost one is looked for.
const LOOKED_THROUGH: usize = 100;

const MUTATION: &str = "mutation($input: CreateCommitOnBranchInput!) { \
                        createCommitOnBranch(input: $input) { commit { oid } } }";

/// How one try ended.
enum Attempt {
    Landed(String),
    /// Perhaps done, perhaps not.
    Unknown(String),
    /// The head is another one, it says.
    Stale,
    /// There is no GraphQL here.
    NoGraphql,
}

impl GithubRepository {
    pub(super) fn land(&self, plan: &CommitPlan<'_>) -> Result<CommitOutcome, RepositoryError> {
        let base = plan.base.map(CommitId::as_str).unwrap_or_default();
        let mark = format!("Sprag-Content: {}", content(plan));
        let message = format!("{}\n{mark}\n", plan.message.trim_end());
        let mut why = String::new();
        for tried in 0..TRIES {
            let attempt = match self.has_graphql.get() {
                true => self.by_graphql(plan, base, &message)?,
                false => self.by_objects(plan, base, &message)?,
            };
            match attempt {
                Attempt::Landed(id) => return Ok(self.landed(plan, id)),
                Attempt::NoGraphql => {
                    self.has_graphql.set(false);
                    continue;
                }
                Attempt::Unknown(said) => why = said,
                Attempt::Stale => why = "GitHub names another head than it shows".into(),
            }
            if let Some(id) = self.look_up(base, &mark)? {
                return Ok(self.landed(plan, id));
            }
            let (head, _) = self.head()?;
            if head != base {
                // It may have got there between the two looks.
                let found = self.look_up(base, &mark)?;
                let moved = CommitOutcome::Moved { found: Some(CommitId::new(head)) };
                return Ok(found.map_or(moved, |id| self.landed(plan, id)));
            }
            // What shows the head and what compares it may be different machines.
            self.api.wait(MOMENT * (1 << tried));
        }
        Err(undecided("a commit", &why))
    }

    fn landed(&self, plan: &CommitPlan<'_>, id: String) -> CommitOutcome {
        let mut files = self.files.borrow_mut();
        let changed = plan.changes.iter();
        files.extend(changed.map(|change| (change.path, Blob::from(change))));
        CommitOutcome::Landed(CommitId::new(id))
    }

    /// One mutation that is all or nothing: GitHub compares, commits, signs and moves the branch.
    fn by_graphql(
        &self,
        plan: &CommitPlan<'_>,
        base: &str,
        message: &str,
    ) -> Result<Attempt, RepositoryError> {
        let (headline, body) = message.split_once('\n').unwrap_or((message, ""));
        let additions: Vec<Value> = plan
            .changes
            .iter()
            .map(|change| {
                let contents = BASE64_STANDARD.encode(change.text.as_bytes());
                json!({ "path": self.at_top(change.path), "contents": contents })
            })
            .collect();
        let input = json!({
            "branch": {
                "repositoryNameWithOwner": self.connection.repository, "branchName": self.branch(),
            },
            "message": { "headline": headline, "body": body.trim_start() },
            "fileChanges": { "additions": additions },
            "expectedHeadOid": base,
        });
        let request = json!({ "query": MUTATION, "variables": { "input": input } });
        let answer = match self.api.send(Method::Post, "/graphql", Some(&request))? {
            Sent::Answered(answer) => answer,
            Sent::Unknown(why) => return Ok(Attempt::Unknown(why)),
        };
        let id = answer.body["data"]["createCommitOnBranch"]["commit"]["oid"].as_str();
        if let Some(id) = id {
            return Ok(Attempt::Landed(id.to_owned()));
        }
        let error = &answer.body["errors"][0];
        match (answer.status, error["type"].as_str()) {
            (404 | 405 | 410, _) => Ok(Attempt::NoGraphql),
            (_, Some("STALE_DATA")) => Ok(Attempt::Stale),
            // What went wrong inside of GitHub has no type.
            (200, None) => Ok(Attempt::Unknown(self.api.words(&answer))),
            _ => Err(self.refused("to write contents", &answer)),
        }
    }

    /// Tree, commit, and the branch forward: the last step is the one that counts.
    fn by_objects(
        &self,
        plan: &CommitPlan<'_>,
        base: &str,
        message: &str,
    ) -> Result<Attempt, RepositoryError> {
        let (head, tree) = self.head()?;
        if head != base {
            return Ok(Attempt::Stale);
        }
        let entries: Vec<Value> = plan
            .changes
            .iter()
            .map(|change| self.entry(&self.at_top(change.path), &change.text))
            .collect();
        let body = json!({ "base_tree": tree, "tree": entries });
        let tree = self.make("git/trees", &body)?;
        let body = json!({ "message": message, "tree": tree, "parents": [base] });
        let commit = self.make("git/commits", &body)?;
        // An update that isn't forced would also bring back what somebody took away by now.
        if self.head()?.0 != base {
            return Ok(Attempt::Stale);
        }
        let body = json!({ "sha": commit, "force": false });
        let path = self.path(&format!("git/refs/heads/{}", encoded(self.branch())));
        match self.api.send(Method::Patch, &path, Some(&body))? {
            Sent::Unknown(why) => Ok(Attempt::Unknown(why)),
            Sent::Answered(answer) if answer.status == 200 => Ok(Attempt::Landed(commit)),
            Sent::Answered(answer) if is_stale(&answer) => Ok(Attempt::Stale),
            Sent::Answered(answer) => Err(self.refused("to write contents", &answer)),
        }
    }

    pub(super) fn entry(&self, path: &str, text: &str) -> Value {
        json!({ "path": path, "mode": "100644", "type": "blob", "content": text })
    }

    /// Makes an object that nothing refers to yet: to make it twice is no harm. Its id.
    pub(super) fn make(&self, what: &str, body: &Value) -> Result<String, RepositoryError> {
        let mut why = String::new();
        for _ in 0..TRIES {
            match self.api.send(Method::Post, &self.path(what), Some(body))? {
                Sent::Unknown(said) => why = said,
                Sent::Answered(answer) => {
                    return match answer.body["sha"].as_str().filter(|_| answer.status == 201) {
                        Some(id) => Ok(id.to_owned()),
                        None => Err(self.refused("to write contents", &answer)),
                    };
                }
            }
        }
        Err(undecided("a commit", &why))
    }

    /// The commit with this parent and this trailer, if the branch has it.
    fn look_up(&self, base: &str, mark: &str) -> Result<Option<String>, RepositoryError> {
        let query = format!("commits?sha={}&per_page={LOOKED_THROUGH}", encoded(self.branch()));
        let answer = self.api.get(&self.path(&query))?;
        let Some(commits) = answer.body.as_array().filter(|_| answer.status == 200) else {
            return Err(self.refused("to read the branch", &answer));
        };
        let is_it = |commit: &&Value| {
            let message = commit["commit"]["message"].as_str().unwrap_or_default();
            commit["parents"][0]["sha"] == base && message.lines().any(|line| line == mark)
        };
        let found = commits.iter().find(is_it);
        Ok(found.and_then(|commit| commit["sha"].as_str()).map(str::to_owned))
    }
}

fn is_stale(answer: &Answer) -> bool {
    let message = answer.body["message"].as_str().unwrap_or_default();
    answer.status == 422 && message.contains("fast forward")
}

/// A hash of the files that a commit changes and of what they become.
fn content(plan: &CommitPlan<'_>) -> ContentHash {
    let lines: String =
        plan.changes.iter().map(|change| format!("{} {}\n", change.after, change.path)).collect();
    ContentHash::of(lines.as_bytes())
}

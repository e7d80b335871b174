//! What the GitHub of the tests holds: repositories, who may do what, and the time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::description::complete;
use super::objects::{Changes, Commit, Id, Objects, Person};
use super::threads::Thread;
use super::wire::Reply;

/// What a token may do with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Read,
    Write,
}

/// Who a token stands for, and what it may do.
#[derive(Debug, Clone)]
pub struct Token {
    pub login: String,
    /// An app such as the one of workflows, rather than a person.
    pub is_app: bool,
    /// By `contents`, `issues`, `pull_requests`, `statuses`, `actions`.
    pub permissions: BTreeMap<String, Level>,
    /// Private repositories that it can see; none means all.
    pub sees: Option<BTreeSet<String>>,
}

impl Token {
    /// The token of a workflow that asked for everything.
    pub fn workflow() -> Self {
        let all = ["contents", "issues", "pull_requests", "statuses", "actions"];
        Self {
            login: "github-actions[bot]".into(),
            is_app: true,
            permissions: all.map(|name| (name.to_owned(), Level::Write)).into(),
            sees: None,
        }
    }

    /// A person's, with as much.
    pub fn person(login: &str) -> Self {
        Self { login: login.into(), is_app: false, ..Self::workflow() }
    }

    /// With another permission.
    pub fn with(mut self, what: &str, level: Level) -> Self {
        self.permissions.insert(what.into(), level);
        self
    }

    /// Without a permission.
    pub fn without(mut self, what: &str) -> Self {
        self.permissions.remove(what);
        self
    }

    pub fn may(&self, what: &str, level: Level) -> bool {
        self.permissions.get(what).is_some_and(|has| *has >= level)
    }
}

/// All there is.
#[derive(Debug, Clone)]
pub struct World {
    /// By `owner/name`.
    pub repositories: BTreeMap<String, Repository>,
    pub tokens: BTreeMap<String, Token>,
    /// The time, in seconds since 1970; each request takes one.
    pub now_s: i64,
    /// Whether there is a GraphQL interface.
    pub has_graphql: bool,
    /// Requests left until the rate limit is reset.
    pub remaining: u64,
    pub resets_s: i64,
    /// What is answered when it is used up: 403 or 429, as GitHub says of itself.
    pub limited: u16,
}

#[derive(Debug, Clone)]
pub struct Repository {
    pub full_name: String,
    pub private: bool,
    pub archived: bool,
    pub default_branch: String,
    pub objects: Objects,
    /// By full name, such as `refs/heads/main`.
    pub refs: BTreeMap<String, Id>,
    /// Branches that only pull requests may change.
    pub protected: BTreeSet<String>,
    /// Issues and pull requests.
    pub threads: BTreeMap<u64, Thread>,
    /// Name to colour and description.
    pub labels: BTreeMap<String, (String, String)>,
    /// `admin`, `write`, `read` or `none`, by login.
    pub collaborators: BTreeMap<String, String>,
    /// "Allow GitHub Actions to create and approve pull requests".
    pub actions_may_open_pulls: bool,
    /// Commit statuses, and runs of workflows that were asked for.
    pub statuses: Vec<Value>,
    pub dispatches: Vec<Value>,
    /// For comments, reviews and the like.
    pub next_id: u64,
    pub now_s: i64,
}

pub fn refuse(status: u16, message: impl Into<String>) -> Reply {
    let message: String = message.into();
    let page = "https://docs.github.com/rest";
    Reply::new(
        status,
        json!({ "message": message, "documentation_url": page, "status": status.to_string() }),
    )
}

/// A 422 as GitHub words it where a rule for a field is broken.
pub fn invalid(resource: &str, message: &str) -> Reply {
    let errors = json!([{ "resource": resource, "code": "custom", "message": message }]);
    Reply::new(
        422,
        json!({
            "message": "Validation Failed", "errors": errors, "status": "422",
            "documentation_url": "https://docs.github.com/rest",
        }),
    )
}

pub fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap().to_string()
}

pub fn user(login: &str) -> Value {
    let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
    let id: u64 = login.bytes().map(u64::from).sum();
    complete("simple-user", json!({ "login": login, "id": id, "type": kind }))
}

impl Repository {
    pub fn new(full_name: &str, default_branch: &str) -> Self {
        Self {
            full_name: full_name.into(),
            private: false,
            archived: false,
            default_branch: default_branch.into(),
            objects: Objects::default(),
            refs: BTreeMap::new(),
            protected: BTreeSet::new(),
            threads: BTreeMap::new(),
            labels: BTreeMap::new(),
            collaborators: BTreeMap::new(),
            actions_may_open_pulls: true,
            statuses: Vec::new(),
            dispatches: Vec::new(),
            next_id: 1000,
            now_s: 1_767_225_600,
        }
    }

    pub fn owner(&self) -> &str {
        self.full_name.split('/').next().unwrap()
    }

    pub fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub fn now(&self) -> String {
        time(self.now_s)
    }

    pub fn branch(&self, name: &str) -> Option<&Id> {
        self.refs.get(&format!("refs/heads/{name}"))
    }

    /// What a branch, tag, full ref or id stands for, if it is a commit.
    pub fn commit_of(&self, name: &str) -> Option<Id> {
        let places = [name.to_owned(), format!("refs/heads/{name}"), format!("refs/tags/{name}")];
        let id = places.iter().find_map(|place| self.refs.get(place)).cloned();
        let id = id.unwrap_or_else(|| name.to_owned());
        self.objects.commit(&id).map(|_| id)
    }

    /// Moves a ref, or removes it; pull requests follow.
    pub fn set_ref(&mut self, name: &str, id: Option<Id>) {
        match id {
            Some(id) => self.refs.insert(name.into(), id),
            None => self.refs.remove(name),
        };
        self.follow_refs();
    }

    /// Moves a ref only forward, as a push without force would.
    pub fn forward(&mut self, name: &str, id: &str, force: bool) -> Result<(), Reply> {
        let branch = name.strip_prefix("refs/heads/").unwrap_or_default();
        if self.protected.contains(branch) {
            return Err(refuse(
                422,
                "Repository rule violations found\n\nChanges must be made through a pull request.",
            ));
        }
        let Some(old) = self.refs.get(name) else {
            return Err(refuse(422, "Reference does not exist"));
        };
        if self.objects.commit(id).is_none() {
            return Err(refuse(422, "Object does not exist"));
        }
        if !force && !self.objects.lineage(id).contains(old) {
            return Err(refuse(422, "Update is not a fast forward"));
        }
        self.set_ref(name, Some(id.to_owned()));
        Ok(())
    }

    pub fn person(&self, login: &str) -> Person {
        let email = format!("{login}@users.noreply.github.com");
        Person { name: login.into(), email, time_s: self.now_s }
    }

    /// A commit on a branch by somebody, whose parent is the branch's head; a branch that isn't there begins.
    pub fn commit(
        &mut self,
        login: &str,
        branch: &str,
        files: &[(&str, Option<&[u8]>)],
        message: &str,
    ) -> Id {
        let parent = self.branch(branch).cloned();
        let id = self.commit_on(parent.as_ref(), login, files, message);
        self.set_ref(&format!("refs/heads/{branch}"), Some(id.clone()));
        id
    }

    /// A commit that no branch holds yet.
    pub fn commit_on(
        &mut self,
        parent: Option<&Id>,
        login: &str,
        files: &[(&str, Option<&[u8]>)],
        message: &str,
    ) -> Id {
        let changes: Changes = files
            .iter()
            .map(|(path, bytes)| {
                let blob = bytes.map(|bytes| self.objects.add("blob", bytes.to_vec()));
                ((*path).to_owned(), blob.map(|id| ("100644".to_owned(), id)))
            })
            .collect();
        let base = parent.map(|parent| self.objects.commit(parent).unwrap().tree);
        let tree = self.objects.change(base.as_deref(), &changes);
        let author = self.person(login);
        let committer = Person {
            name: "GitHub".into(),
            email: "noreply@github.com".into(),
            time_s: self.now_s,
        };
        let parents = parent.cloned().into_iter().collect();
        let message = message.to_owned();
        self.objects.add_commit(&Commit { tree, parents, author, committer, message })
    }

    /// A file as a branch, tag or commit has it.
    pub fn file(&self, at: &str, path: &str) -> Option<Vec<u8>> {
        let tree = self.objects.commit(&self.commit_of(at)?)?.tree;
        let entry = self.objects.at(&tree, path)?;
        self.objects.blob(&entry.id).map(<[u8]>::to_vec)
    }

    pub fn text(&self, at: &str, path: &str) -> Option<String> {
        self.file(at, path).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    /// Commits of a branch, newest first.
    pub fn log(&self, branch: &str) -> Vec<(Id, Commit)> {
        let head = self.branch(branch).cloned();
        let ids = head.map(|head| self.objects.lineage(&head)).unwrap_or_default();
        ids.into_iter()
            .map(|id| {
                let commit = self.objects.commit(&id).unwrap();
                (id, commit)
            })
            .collect()
    }

    pub fn to_json(&self, token: Option<&Token>) -> Value {
        let (_, name) = self.full_name.split_once('/').unwrap();
        let push = token.is_some_and(|token| token.may("contents", Level::Write));
        let node = format!("R_{name}");
        complete(
            "full-repository",
            json!({
                "id": 1, "node_id": node, "name": name, "full_name": self.full_name,
                "owner": user(self.owner()), "private": self.private, "archived": self.archived,
                "html_url": format!("https://github.example/{}", self.full_name),
                "default_branch": self.default_branch, "size": self.refs.len(),
                "permissions": { "admin": false, "push": push, "pull": true },
            }),
        )
    }
}

//! Issues and pull requests with their comments, reviews and labels: what they are, and how they follow branches.

use serde_json::{Value, json};

use super::description::complete;
use super::objects::{Changes, Commit, Id};
use super::wire::Reply;
use super::world::{Repository, refuse, user};

/// An issue, or a pull request.
#[derive(Debug, Clone)]
pub struct Thread {
    pub number: u64,
    pub title: String,
    pub body: Option<String>,
    pub author: String,
    pub open: bool,
    pub labels: Vec<String>,
    pub comments: Vec<Comment>,
    pub created: String,
    pub updated: String,
    pub closed: Option<String>,
    pub closed_by: Option<String>,
    pub pull: Option<Pull>,
}

#[derive(Debug, Clone)]
pub struct Comment {
    pub id: u64,
    pub author: String,
    pub body: String,
    pub at: String,
}

#[derive(Debug, Clone)]
pub struct Pull {
    /// Branch, and its commit as long as the pull request follows it.
    pub head: String,
    pub head_id: Id,
    pub base: String,
    pub base_id: Id,
    pub draft: bool,
    pub merged: Option<(String, Id, String)>,
    /// State such as `APPROVED`.
    pub reviews: Vec<(Comment, String)>,
    /// On lines of the change.
    pub remarks: Vec<Comment>,
}

impl Repository {
    pub fn comment_of(&mut self, login: &str, body: &str) -> Comment {
        let (id, at) = (self.id(), self.now());
        Comment { id, author: login.into(), body: body.into(), at }
    }

    /// A person or a bot says something.
    pub fn comment(&mut self, number: u64, login: &str, body: &str) -> u64 {
        let comment = self.comment_of(login, body);
        let id = comment.id;
        self.threads.get_mut(&number).unwrap().comments.push(comment);
        id
    }

    /// A review, such as `CHANGES_REQUESTED`.
    pub fn review(&mut self, number: u64, login: &str, state: &str, body: &str) {
        let comment = self.comment_of(login, body);
        let pull = self.threads.get_mut(&number).unwrap().pull.as_mut().unwrap();
        pull.reviews.push((comment, state.into()));
    }

    pub fn close(&mut self, number: u64, login: &str) {
        let now = self.now();
        let thread = self.threads.get_mut(&number).unwrap();
        (thread.open, thread.closed, thread.closed_by) = (false, Some(now), Some(login.into()));
    }

    pub fn pulls(&self) -> impl Iterator<Item = (&Thread, &Pull)> {
        self.threads.values().filter_map(|thread| Some((thread, thread.pull.as_ref()?)))
    }

    /// Open pull requests follow their branch; one whose branch goes is closed, one whose commits get into the base by
    /// another way is merged.
    pub fn follow_refs(&mut self) {
        let open: Vec<_> = self
            .pulls()
            .filter(|(thread, _)| thread.open)
            .map(|(thread, pull)| (thread.number, pull.head.clone(), pull.base.clone()))
            .collect();
        for (number, head, base) in open {
            let (head, base) = (self.branch(&head).cloned(), self.branch(&base).cloned());
            let Some((head, base)) = head.zip(base) else {
                self.close(number, "ghost");
                continue;
            };
            let pull = self.threads.get_mut(&number).unwrap().pull.as_mut().unwrap();
            pull.head_id.clone_from(&head);
            let was = std::mem::replace(&mut pull.base_id, base.clone());
            if was != base && self.objects.lineage(&base).contains(&head) {
                self.merged(number, "ghost", head);
            }
        }
    }

    fn merged(&mut self, number: u64, login: &str, id: Id) {
        let now = self.now();
        self.close(number, login);
        let pull = self.threads.get_mut(&number).unwrap().pull.as_mut().unwrap();
        pull.merged = Some((login.into(), id, now));
    }

    /// The tree of a merge; none where both sides changed the same file.
    fn merge_tree(&mut self, base: &str, head: &str) -> Option<Id> {
        let fork = self.objects.merge_base(base, head)?;
        let tree = |id: &str| self.objects.commit(id).unwrap().tree;
        let (fork, ours, theirs) = (tree(&fork), tree(base), tree(head));
        let (our, their) = (self.objects.diff(&fork, &ours), self.objects.diff(&fork, &theirs));
        let conflict = their
            .iter()
            .any(|(path, (_, after))| our.get(path).is_some_and(|(_, ours)| ours != after));
        let changes: Changes = their
            .into_iter()
            .map(|(path, (_, after))| (path, after.map(|entry| (entry.mode, entry.id))))
            .collect();
        (!conflict).then(|| self.objects.change(Some(&ours), &changes))
    }

    /// Merges a pull request, as the button does.
    pub fn merge(&mut self, number: u64, login: &str, squash: bool) -> Result<Id, Reply> {
        let thread = self.threads[&number].clone();
        let (Some(pull), true) = (thread.pull, thread.open) else {
            return Err(refuse(405, "Pull Request is not mergeable"));
        };
        let base = self.branch(&pull.base).cloned().ok_or(refuse(404, "Base not found"))?;
        let Some(tree) = self.merge_tree(&base, &pull.head_id) else {
            return Err(refuse(405, "Pull Request is not mergeable"));
        };
        let author = self.person(login);
        let parents = if squash { vec![base] } else { vec![base, pull.head_id.clone()] };
        let message = match squash {
            true => format!("{} (#{number})", thread.title),
            false => format!("Merge pull request #{number} from {}\n\n{}", pull.head, thread.title),
        };
        let committer = author.clone();
        let id = self.objects.add_commit(&Commit { tree, parents, author, committer, message });
        self.merged(number, login, id.clone());
        self.set_ref(&format!("refs/heads/{}", pull.base), Some(id.clone()));
        Ok(id)
    }

    pub fn open_thread(&mut self, login: &str, title: &str, body: Option<String>) -> u64 {
        let number = self.threads.keys().last().unwrap_or(&0) + 1;
        let thread = Thread {
            number,
            title: title.into(),
            body,
            author: login.into(),
            open: true,
            labels: Vec::new(),
            comments: Vec::new(),
            created: self.now(),
            updated: self.now(),
            closed: None,
            closed_by: None,
            pull: None,
        };
        self.threads.insert(number, thread);
        number
    }

    pub fn label_json(&self, name: &str) -> Value {
        let (color, description) = self.labels.get(name).cloned().unwrap_or_default();
        let description = (!description.is_empty()).then_some(description);
        complete("label", json!({ "name": name, "color": color, "description": description }))
    }

    pub fn comment_json(&self, number: u64, comment: &Comment) -> Value {
        let url = format!("https://github.example/{}/issues/{number}", self.full_name);
        complete(
            "issue-comment",
            json!({
                "id": comment.id, "body": comment.body, "user": user(&comment.author),
                "created_at": comment.at, "updated_at": comment.at, "issue_url": url,
                "html_url": format!("{url}#issuecomment-{}", comment.id),
                "author_association": self.association(&comment.author),
            }),
        )
    }

    pub fn association(&self, login: &str) -> &'static str {
        match self.collaborators.get(login).map(String::as_str) {
            _ if login == self.owner() => "OWNER",
            Some("admin" | "write") => "COLLABORATOR",
            _ => "NONE",
        }
    }

    pub fn issue_json(&self, thread: &Thread) -> Value {
        let labels: Vec<_> = thread.labels.iter().map(|name| self.label_json(name)).collect();
        let url = format!("https://github.example/{}/issues/{}", self.full_name, thread.number);
        let mut issue = json!({
            "number": thread.number, "id": thread.number, "title": thread.title,
            "body": thread.body, "state": if thread.open { "open" } else { "closed" },
            "labels": labels, "user": user(&thread.author), "comments": thread.comments.len(),
            "created_at": thread.created, "updated_at": thread.updated,
            "closed_at": thread.closed, "html_url": url, "url": url,
        });
        if thread.pull.is_some() {
            let pull = json!({ "url": url, "html_url": url, "diff_url": url, "patch_url": url });
            issue["pull_request"] = pull;
        }
        complete("issue", issue)
    }

    pub fn pull_json(&self, thread: &Thread, pull: &Pull, is_whole: bool) -> Value {
        let mut labels: Vec<_> = thread.labels.iter().map(|name| self.label_json(name)).collect();
        for label in &mut labels {
            // Lists of pull requests have no null here.
            let description = label["description"].as_str().unwrap_or_default().to_owned();
            label["description"] = description.into();
        }
        let url = format!("https://github.example/{}/pull/{}", self.full_name, thread.number);
        let side = |branch: &str, id: &str| {
            json!({
                "label": format!("{}:{branch}", self.owner()), "ref": branch, "sha": id,
                "user": user(self.owner()), "repo": self.to_json(None),
            })
        };
        let merged_at = pull.merged.as_ref().map(|(_, _, at)| at);
        let merge_commit = pull.merged.as_ref().map(|(_, id, _)| id);
        let mut body = json!({
            "number": thread.number, "id": thread.number, "title": thread.title,
            "body": thread.body, "state": if thread.open { "open" } else { "closed" },
            "labels": labels, "user": user(&thread.author), "draft": pull.draft,
            "head": side(&pull.head, &pull.head_id), "base": side(&pull.base, &pull.base_id),
            "created_at": thread.created, "updated_at": thread.updated,
            "closed_at": thread.closed, "merged_at": merged_at, "merge_commit_sha": merge_commit,
            "html_url": url, "url": url, "author_association": self.association(&thread.author),
        });
        if !is_whole {
            return complete("pull-request-simple", body);
        }
        let mergeable = self.clone().merge_tree(&pull.base_id, &pull.head_id).is_some();
        body["merged"] = json!(pull.merged.is_some());
        body["merged_by"] = pull.merged.as_ref().map_or(Value::Null, |(who, ..)| user(who));
        body["mergeable"] = json!(thread.open.then_some(mergeable));
        body["mergeable_state"] = json!(if mergeable { "clean" } else { "dirty" });
        body["comments"] = json!(thread.comments.len());
        complete("pull-request", body)
    }

    /// Commits that a pull request would add, oldest first.
    pub fn commits_of(&self, pull: &Pull) -> Vec<Id> {
        let base = pull.merged.as_ref().map_or(&pull.base_id, |(_, id, _)| id);
        // Of a merged one: what was not in the base before the merge.
        let base = match pull.merged {
            Some(_) => self.objects.commit(base).unwrap().parents.first().cloned(),
            None => Some(base.clone()),
        };
        let old = base.map(|base| self.objects.lineage(&base)).unwrap_or_default();
        let all = self.objects.lineage(&pull.head_id);
        all.into_iter().filter(|id| !old.contains(id)).rev().collect()
    }
}

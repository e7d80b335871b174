//! The Git Data API and what is near to it: branches, contents, commits, comparisons.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::description::complete;
use super::objects::{Changes, Commit, Entry, Id, Person};
use super::wire::Reply;
use super::world::{Repository, Token, refuse, time, user};
use super::{Call, page};

type Answer = Result<Reply, Reply>;

pub fn answer(repository: &mut Repository, call: &Call<'_>) -> Answer {
    if repository.refs.is_empty() && call.id.starts_with("git/") {
        return Err(refuse(409, "Git Repository is empty."));
    }
    match call.id {
        "git/create-blob" => create_blob(repository, call),
        "git/get-blob" => get_blob(repository, call),
        "git/create-tree" => create_tree(repository, call),
        "git/get-tree" => get_tree(repository, call),
        "git/create-commit" => create_commit(repository, call),
        "git/get-commit" => {
            let id = &call.path["commit_sha"];
            let id = repository.objects.commit(id).map(|_| id.clone());
            Ok(Reply::new(200, git_commit(repository, &id.ok_or(refuse(404, "Not Found"))?)))
        }
        "git/get-ref" => {
            let name = format!("refs/{}", call.path["ref"]);
            let id = repository.refs.get(&name).ok_or(refuse(404, "Not Found"))?;
            Ok(Reply::new(200, git_ref(&name, id)))
        }
        "git/list-matching-refs" => {
            let prefix = format!("refs/{}", call.path["ref"]);
            let refs = repository.refs.iter().filter(|(name, _)| name.starts_with(&prefix));
            Ok(Reply::new(200, refs.map(|(name, id)| git_ref(name, id)).collect()))
        }
        "git/create-ref" => create_ref(repository, call),
        "git/update-ref" => {
            let name = format!("refs/{}", call.path["ref"]);
            let id = call.text("sha");
            repository.forward(&name, id, call.body["force"] == true)?;
            Ok(Reply::new(200, git_ref(&name, id)))
        }
        "git/delete-ref" => {
            let name = format!("refs/{}", call.path["ref"]);
            if name == format!("refs/heads/{}", repository.default_branch) {
                return Err(refuse(422, "Cannot delete the default branch"));
            }
            if !repository.refs.contains_key(&name) {
                return Err(refuse(422, "Reference does not exist"));
            }
            repository.set_ref(&name, None);
            Ok(Reply::new(204, Value::Null))
        }
        "repos/get-branch" => get_branch(repository, call),
        "repos/get-content" => get_content(repository, call),
        "repos/create-or-update-file-contents" => put_content(repository, call),
        "repos/list-commits" => list_commits(repository, call),
        "repos/compare-commits-with-basehead" => compare(repository, call),
        other => panic!("{other} has no handler"),
    }
}

fn git_ref(name: &str, id: &str) -> Value {
    let object = json!({ "type": "commit", "sha": id, "url": "https://github.example/object" });
    complete("git-ref", json!({ "ref": name, "object": object }))
}

fn person(person: &Person) -> Value {
    json!({ "name": person.name, "email": person.email, "date": time(person.time_s) })
}

fn links(ids: &[Id]) -> Vec<Value> {
    let link = |id: &Id| {
        let url = format!("https://github.example/commit/{id}");
        json!({ "sha": id, "url": url, "html_url": url })
    };
    ids.iter().map(link).collect()
}

pub fn git_commit(repository: &Repository, id: &str) -> Value {
    let commit = repository.objects.commit(id).unwrap();
    complete(
        "git-commit",
        json!({
            "sha": id, "author": person(&commit.author), "committer": person(&commit.committer),
            "tree": { "sha": commit.tree, "url": "https://github.example/tree" },
            "message": commit.message, "parents": links(&commit.parents),
        }),
    )
}

/// A commit as lists of commits have it.
pub fn commit(repository: &Repository, id: &str) -> Value {
    let commit = repository.objects.commit(id).unwrap();
    complete(
        "commit",
        json!({
            "sha": id, "author": user(&commit.author.name), "committer": user("web-flow"),
            "parents": links(&commit.parents),
            "commit": {
                "author": person(&commit.author), "committer": person(&commit.committer),
                "message": commit.message, "tree": { "sha": commit.tree, "url": "https://x.example" },
            },
        }),
    )
}

fn create_blob(repository: &mut Repository, call: &Call<'_>) -> Answer {
    let content = call.text("content");
    let bytes = match call.body["encoding"].as_str() {
        Some("base64") => decode(content)?,
        _ => content.as_bytes().to_vec(),
    };
    let id = repository.objects.add("blob", bytes);
    let url = "https://github.example/blob";
    Ok(Reply::new(201, complete("short-blob", json!({ "sha": id, "url": url }))))
}

fn decode(text: &str) -> Result<Vec<u8>, Reply> {
    let text: String = text.split_whitespace().collect();
    BASE64_STANDARD.decode(text).map_err(|_| refuse(422, "content is not valid Base64"))
}

/// As GitHub sends it, with line breaks.
fn encode(bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let lines = text.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line) + "\n");
    lines.collect()
}

fn get_blob(repository: &Repository, call: &Call<'_>) -> Answer {
    let id = &call.path["file_sha"];
    let bytes = repository.objects.blob(id).ok_or(refuse(404, "Not Found"))?;
    let blob = json!({
        "sha": id, "size": bytes.len(), "content": encode(bytes), "encoding": "base64",
    });
    Ok(Reply::new(200, complete("blob", blob)))
}

fn git_tree(id: &str, entries: &BTreeMap<String, Entry>) -> Value {
    let entry = |(path, entry): (&String, &Entry)| {
        let mode = format!("{:0>6}", entry.mode);
        json!({ "path": path, "mode": mode, "type": entry.kind(), "sha": entry.id })
    };
    let entries: Vec<_> = entries.iter().map(entry).collect();
    complete("git-tree", json!({ "sha": id, "tree": entries, "truncated": false }))
}

fn get_tree(repository: &Repository, call: &Call<'_>) -> Answer {
    let asked = &call.path["tree_sha"];
    let id = match repository.commit_of(asked) {
        Some(commit) => repository.objects.commit(&commit).unwrap().tree,
        None => asked.clone(),
    };
    let entries = repository.objects.tree(&id).ok_or(refuse(404, "Not Found"))?;
    let entries = match call.query.contains_key("recursive") {
        true => repository.objects.files(&id, true),
        false => entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect(),
    };
    Ok(Reply::new(200, git_tree(&id, &entries)))
}

fn create_tree(repository: &mut Repository, call: &Call<'_>) -> Answer {
    let base = call.body["base_tree"].as_str();
    let base = base.map(|base| match repository.commit_of(base) {
        Some(commit) => repository.objects.commit(&commit).unwrap().tree,
        None => base.to_owned(),
    });
    if base.as_ref().is_some_and(|base| repository.objects.tree(base).is_none()) {
        return Err(refuse(404, "Not Found"));
    }
    let mut changes = Changes::new();
    for entry in call.body["tree"].as_array().unwrap() {
        let (Some(path), Some(mode)) = (entry["path"].as_str(), entry["mode"].as_str()) else {
            return Err(refuse(422, "tree.path and tree.mode must be set"));
        };
        let id = match (entry["content"].as_str(), &entry["sha"]) {
            (Some(content), Value::Null) => {
                Some(repository.objects.add("blob", content.as_bytes().to_vec()))
            }
            (None, Value::String(id)) if repository.objects.kind(id).is_some() => Some(id.clone()),
            (None, Value::String(id)) => {
                return Err(refuse(422, format!("tree.sha {id} is not a valid object")));
            }
            (None, Value::Null) if entry.get("sha").is_some() => None,
            _ => return Err(refuse(422, "Must supply either tree.sha or tree.content")),
        };
        let mode = mode.trim_start_matches('0').to_owned();
        changes.insert(path.to_owned(), id.map(|id| (mode, id)));
    }
    let id = repository.objects.change(base.as_deref(), &changes);
    let entries = repository.objects.tree(&id).unwrap_or_default();
    let entries = entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
    Ok(Reply::new(201, git_tree(&id, &entries)))
}

fn create_commit(repository: &mut Repository, call: &Call<'_>) -> Answer {
    let tree = call.text("tree").to_owned();
    if repository.objects.tree(&tree).is_none() {
        return Err(refuse(422, "Tree SHA does not exist"));
    }
    let parents = call.body["parents"].as_array().into_iter().flatten();
    let parents: Vec<Id> = parents.filter_map(Value::as_str).map(str::to_owned).collect();
    if parents.iter().any(|parent| repository.objects.commit(parent).is_none()) {
        return Err(refuse(422, "Parent SHA does not exist or is not a commit object"));
    }
    let stands = |who: &Value, otherwise: &Person| match who["name"].as_str() {
        Some(name) => Person {
            name: name.into(),
            email: who["email"].as_str().unwrap_or_default().into(),
            time_s: who["date"].as_str().map_or(otherwise.time_s, |date| {
                date.parse::<jiff::Timestamp>().unwrap().as_second()
            }),
        },
        None => otherwise.clone(),
    };
    let author = stands(&call.body["author"], &repository.person(&call.token.login));
    let committer = stands(&call.body["committer"], &author);
    let message = call.text("message").to_owned();
    let id = repository.objects.add_commit(&Commit { tree, parents, author, committer, message });
    Ok(Reply::new(201, git_commit(repository, &id)))
}

fn create_ref(repository: &mut Repository, call: &Call<'_>) -> Answer {
    let (name, id) = (call.text("ref"), call.text("sha"));
    if !name.starts_with("refs/") || name.matches('/').count() < 2 {
        return Err(refuse(422, "Reference name must start with 'refs/' and have two slashes"));
    }
    if repository.refs.contains_key(name) {
        return Err(refuse(422, "Reference already exists"));
    }
    // A branch can't be a folder of branches.
    let below = |folder: &str, name: &str| name.starts_with(&format!("{folder}/"));
    if repository.refs.keys().any(|known| below(known, name) || below(name, known)) {
        return Err(refuse(422, "Reference update failed"));
    }
    if repository.objects.commit(id).is_none() {
        return Err(refuse(422, "Object does not exist"));
    }
    repository.set_ref(name, Some(id.to_owned()));
    Ok(Reply::new(201, git_ref(name, id)))
}

fn get_branch(repository: &Repository, call: &Call<'_>) -> Answer {
    let name = &call.path["branch"];
    let id = repository.branch(name).ok_or(refuse(404, "Branch not found"))?;
    let branch = json!({
        "name": name, "commit": commit(repository, id),
        "protected": repository.protected.contains(name),
    });
    Ok(Reply::new(200, complete("branch-with-protection", branch)))
}

fn get_content(repository: &Repository, call: &Call<'_>) -> Answer {
    let at = call.query.get("ref").unwrap_or(&repository.default_branch);
    let Some(id) = repository.commit_of(at) else {
        return Err(refuse(404, format!("No commit found for the ref {at}")));
    };
    let tree = repository.objects.commit(&id).unwrap().tree;
    let path = call.path["path"].trim_end_matches('/');
    let entry = repository.objects.at(&tree, path).ok_or(refuse(404, "Not Found"))?;
    if entry.is_tree() {
        let inner = repository.objects.tree(&entry.id).unwrap();
        let listed = inner.iter().map(|inner| {
            let size = repository.objects.blob(&inner.id).map_or(0, <[u8]>::len);
            let kind = if inner.is_tree() { "dir" } else { "file" };
            let path = format!("{path}/{}", inner.name);
            let url = "https://github.example/contents";
            json!({
                "name": inner.name, "path": path, "sha": inner.id, "size": size, "type": kind,
                "url": url, "git_url": url, "html_url": url, "download_url": url,
                "_links": { "git": url, "html": url, "self": url },
            })
        });
        return Ok(Reply::new(200, listed.collect()));
    }
    Ok(Reply::new(200, content_file(repository, path, &entry)))
}

fn content_file(repository: &Repository, path: &str, entry: &Entry) -> Value {
    let bytes = repository.objects.blob(&entry.id).unwrap();
    let name = path.rsplit('/').next().unwrap();
    // Above a megabyte the interface leaves the content out.
    let (content, encoding) =
        if bytes.len() > 1 << 20 { (String::new(), "none") } else { (encode(bytes), "base64") };
    complete(
        "content-file",
        json!({
            "type": "file", "name": name, "path": path, "sha": entry.id, "size": bytes.len(),
            "content": content, "encoding": encoding,
        }),
    )
}

fn put_content(repository: &mut Repository, call: &Call<'_>) -> Answer {
    let branch = call.body["branch"].as_str().unwrap_or(&repository.default_branch).to_owned();
    let path = call.path["path"].clone();
    if repository.protected.contains(&branch) {
        return Err(refuse(409, "Repository rule violations found"));
    }
    if repository.branch(&branch).is_none() && !repository.refs.is_empty() {
        return Err(refuse(404, format!("Branch {branch} not found")));
    }
    let before = repository.branch(&branch).and_then(|head| {
        let tree = repository.objects.commit(head)?.tree;
        repository.objects.at(&tree, &path)
    });
    match (&before, call.body["sha"].as_str()) {
        (Some(_), None) => {
            return Err(refuse(422, "Invalid request.\n\n\"sha\" wasn't supplied."));
        }
        (Some(before), Some(sha)) if before.id != sha => {
            return Err(refuse(409, format!("{path} does not match {sha}")));
        }
        (None, Some(sha)) => return Err(refuse(409, format!("{path} does not match {sha}"))),
        _ => {}
    }
    let bytes = decode(call.text("content"))?;
    let login = call.token.login.clone();
    let files = [(path.as_str(), Some(bytes.as_slice()))];
    let id = repository.commit(&login, &branch, &files, call.text("message"));
    let tree = repository.objects.commit(&id).unwrap().tree;
    let entry = repository.objects.at(&tree, &path).unwrap();
    let content = content_file(repository, &path, &entry);
    let body = json!({ "content": content, "commit": git_commit(repository, &id) });
    let status = if before.is_some() { 200 } else { 201 };
    Ok(Reply::new(status, complete("file-commit", body)))
}

fn list_commits(repository: &Repository, call: &Call<'_>) -> Answer {
    if repository.refs.is_empty() {
        return Err(refuse(409, "Git Repository is empty."));
    }
    let at = call.query.get("sha").unwrap_or(&repository.default_branch);
    let head = repository.commit_of(at).ok_or(refuse(404, "Not Found"))?;
    let mut ids = repository.objects.lineage(&head);
    if let Some(path) = call.query.get("path") {
        let at = |id: &str| {
            let commit = repository.objects.commit(id)?;
            repository.objects.at(&commit.tree, path).map(|entry| entry.id)
        };
        ids.retain(|id| {
            let parents = repository.objects.commit(id).unwrap().parents;
            parents.first().and_then(|parent| at(parent)) != at(id)
        });
    }
    Ok(page(call, ids.iter().map(|id| commit(repository, id)).collect()))
}

pub fn diff_entries(repository: &Repository, from: &str, to: &str) -> Vec<Value> {
    let tree = |id: &str| repository.objects.commit(id).unwrap().tree;
    let lines = |entry: Option<&Entry>| {
        let bytes = entry.and_then(|entry| repository.objects.blob(&entry.id));
        bytes.map_or(0, |bytes| String::from_utf8_lossy(bytes).lines().count())
    };
    repository
        .objects
        .diff(&tree(from), &tree(to))
        .into_iter()
        .map(|(path, (before, after))| {
            let status = match (&before, &after) {
                (None, _) => "added",
                (_, None) => "removed",
                _ => "modified",
            };
            let (added, removed) = (lines(after.as_ref()), lines(before.as_ref()));
            let id = after.as_ref().or(before.as_ref()).map(|entry| entry.id.clone());
            complete(
                "diff-entry",
                json!({
                    "filename": path, "status": status, "sha": id, "additions": added,
                    "deletions": removed, "changes": added + removed,
                }),
            )
        })
        .collect()
}

fn compare(repository: &Repository, call: &Call<'_>) -> Answer {
    let missing = || refuse(404, "Not Found");
    let (base, head) = call.path["basehead"].split_once("...").ok_or_else(missing)?;
    let base = repository.commit_of(base).ok_or_else(missing)?;
    let head = repository.commit_of(head).ok_or_else(missing)?;
    let Some(fork) = repository.objects.merge_base(&base, &head) else {
        return Err(refuse(404, "No common ancestor"));
    };
    let since = |head: &str| -> Vec<Id> {
        let old = repository.objects.lineage(&fork);
        let all = repository.objects.lineage(head);
        all.into_iter().filter(|id| !old.contains(id)).rev().collect()
    };
    let (ahead, behind) = (since(&head), since(&base));
    let status = match (ahead.len(), behind.len()) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let commits: Vec<_> = ahead.iter().map(|id| commit(repository, id)).collect();
    let body = json!({
        "status": status, "ahead_by": ahead.len(), "behind_by": behind.len(),
        "total_commits": ahead.len(), "commits": commits,
        "base_commit": commit(repository, &base), "merge_base_commit": commit(repository, &fork),
        "files": diff_entries(repository, &fork, &head),
    });
    Ok(Reply::new(200, complete("commit-comparison", body)))
}

/// GraphQL's one mutation that is used: data, or an error with its type.
pub fn create_commit_on_branch(
    repository: &mut Repository,
    token: &Token,
    input: &Value,
) -> Result<Value, (&'static str, String)> {
    let branch = input["branch"]["branchName"].as_str().unwrap_or_default();
    let branch = branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned();
    let Some(head) = repository.branch(&branch).cloned() else {
        return Err(("NOT_FOUND", format!("A branch named {branch:?} could not be found.")));
    };
    let expected = input["expectedHeadOid"].as_str().unwrap_or_default();
    if head != expected {
        let message =
            format!("Expected branch to point to {expected:?} but it did not. Pull and try again.");
        return Err(("STALE_DATA", message));
    }
    if repository.protected.contains(&branch) {
        let message =
            "Repository rule violations found\n\nChanges must be made through a pull request.";
        return Err(("UNPROCESSABLE", message.into()));
    }
    let changes = &input["fileChanges"];
    let mut files: Vec<(String, Option<Vec<u8>>)> = Vec::new();
    for addition in changes["additions"].as_array().into_iter().flatten() {
        let bytes = BASE64_STANDARD.decode(addition["contents"].as_str().unwrap_or_default());
        let bytes = bytes.map_err(|_| ("UNPROCESSABLE", "contents is no Base64".to_owned()))?;
        files.push((addition["path"].as_str().unwrap_or_default().to_owned(), Some(bytes)));
    }
    for deletion in changes["deletions"].as_array().into_iter().flatten() {
        files.push((deletion["path"].as_str().unwrap_or_default().to_owned(), None));
    }
    let headline = input["message"]["headline"].as_str().unwrap_or_default();
    let message = match input["message"]["body"].as_str() {
        Some(body) if !body.is_empty() => format!("{headline}\n\n{body}"),
        _ => headline.to_owned(),
    };
    let files: Vec<_> =
        files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_deref())).collect();
    let id = repository.commit(&token.login, &branch, &files, &message);
    let url = format!("https://github.example/{}/commit/{id}", repository.full_name);
    Ok(json!({ "commit": { "oid": id, "url": url } }))
}

//! Operations on issues, comments and labels, those of pull requests included.

use serde_json::{Value, json};

use super::threads::Thread;
use super::wire::Reply;
use super::world::{Level, Repository, invalid, refuse};
use super::{Call, page};

type Answer = Result<Reply, Reply>;

pub fn answer(repository: &mut Repository, call: &Call<'_>) -> Answer {
    match call.id {
        "issues/list-for-repo" => list_issues(repository, call),
        "issues/create" => {
            let body = call.body["body"].as_str().map(str::to_owned);
            let number = repository.open_thread(&call.token.login, call.text("title"), body);
            add_labels(repository, number, &call.body["labels"])?;
            Ok(Reply::new(201, repository.issue_json(&repository.threads[&number])))
        }
        "issues/update" => {
            let number = edit(repository, call, "issue_number")?;
            if call.body["labels"].is_array() {
                repository.threads.get_mut(&number).unwrap().labels.clear();
                add_labels(repository, number, &call.body["labels"])?;
            }
            Ok(Reply::new(200, repository.issue_json(&repository.threads[&number])))
        }
        "issues/list-comments" => {
            let thread = thread(repository, call, "issue_number")?.clone();
            let comments = thread.comments.iter();
            let comments = comments.map(|comment| repository.comment_json(thread.number, comment));
            Ok(page(call, comments.collect()))
        }
        "issues/create-comment" => {
            let number = thread(repository, call, "issue_number")?.number;
            repository.comment(number, &call.token.login, call.text("body"));
            let comment = repository.threads[&number].comments.last().unwrap();
            Ok(Reply::new(201, repository.comment_json(number, comment)))
        }
        "issues/update-comment" => {
            let id: u64 = call.path["comment_id"].parse().unwrap_or_default();
            let now = repository.now();
            for thread in repository.threads.values_mut() {
                let Some(comment) = thread.comments.iter_mut().find(|comment| comment.id == id)
                else {
                    continue;
                };
                comment.body = call.text("body").into();
                thread.updated = now;
                let (number, comment) = (thread.number, comment.clone());
                return Ok(Reply::new(200, repository.comment_json(number, &comment)));
            }
            Err(refuse(404, "Not Found"))
        }
        "issues/add-labels" => {
            let number = thread(repository, call, "issue_number")?.number;
            let names = if call.body.is_array() { call.body } else { &call.body["labels"] };
            add_labels(repository, number, names)?;
            let labels = repository.threads[&number].labels.iter();
            Ok(Reply::new(200, labels.map(|name| repository.label_json(name)).collect()))
        }
        "issues/create-label" => {
            let name = call.text("name").to_owned();
            if repository.labels.keys().any(|known| known.eq_ignore_ascii_case(&name)) {
                let errors =
                    json!([{ "resource": "Label", "code": "already_exists", "field": "name" }]);
                let mut refusal = invalid("Label", "");
                refusal.body["errors"] = errors;
                return Err(refusal);
            }
            let text = |key: &str| call.body[key].as_str().unwrap_or_default().to_owned();
            repository.labels.insert(name.clone(), (text("color"), text("description")));
            Ok(Reply::new(201, repository.label_json(&name)))
        }
        other => panic!("{other} has no handler"),
    }
}

pub fn thread<'a>(
    repository: &'a mut Repository,
    call: &Call<'_>,
    key: &str,
) -> Result<&'a mut Thread, Reply> {
    let number: u64 = call.path[key].parse().map_err(|_| refuse(404, "Not Found"))?;
    repository.threads.get_mut(&number).ok_or(refuse(404, "Not Found"))
}

/// Labels that aren't there are made, as GitHub does.
fn add_labels(repository: &mut Repository, number: u64, names: &Value) -> Result<(), Reply> {
    for name in names.as_array().into_iter().flatten() {
        let name = name.as_str().or(name["name"].as_str()).unwrap_or_default().to_owned();
        repository.labels.entry(name.clone()).or_insert(("ededed".into(), String::new()));
        let labels = &mut repository.threads.get_mut(&number).unwrap().labels;
        if !labels.contains(&name) {
            labels.push(name);
        }
    }
    Ok(())
}

pub fn edit(repository: &mut Repository, call: &Call<'_>, key: &str) -> Result<u64, Reply> {
    let now = repository.now();
    let branches: Vec<String> = repository.refs.keys().cloned().collect();
    let thread = thread(repository, call, key)?;
    if let Some(title) = call.body["title"].as_str() {
        thread.title = title.into();
    }
    if let Some(body) = call.body["body"].as_str() {
        thread.body = Some(body.into());
    }
    match call.body["state"].as_str() {
        Some("closed") if thread.open => {
            thread.open = false;
            thread.closed = Some(now.clone());
            thread.closed_by = Some(call.token.login.clone());
        }
        Some("open") if !thread.open => {
            let gone = thread.pull.as_ref().is_some_and(|pull| {
                pull.merged.is_some() || !branches.contains(&format!("refs/heads/{}", pull.head))
            });
            if gone {
                return Err(invalid("PullRequest", "state cannot be changed"));
            }
            (thread.open, thread.closed, thread.closed_by) = (true, None, None);
        }
        _ => {}
    }
    thread.updated = now;
    Ok(thread.number)
}

fn list_issues(repository: &Repository, call: &Call<'_>) -> Answer {
    let state = call.query.get("state").map_or("open", String::as_str);
    let wanted: Vec<&str> =
        call.query.get("labels").map(|labels| labels.split(',').collect()).unwrap_or_default();
    let creator = call.query.get("creator");
    let mut found: Vec<_> = repository
        .threads
        .values()
        .filter(|thread| state == "all" || thread.open == (state == "open"))
        .filter(|thread| wanted.iter().all(|name| thread.labels.iter().any(|has| has == name)))
        .filter(|thread| creator.is_none_or(|creator| *creator == thread.author))
        .collect();
    found.reverse();
    Ok(page(call, found.into_iter().map(|thread| repository.issue_json(thread)).collect()))
}

/// What a token must be allowed to do for an operation on issues and pull requests: any of these.
pub fn needed(id: &str) -> (&'static [&'static str], Level) {
    match id {
        "pulls/create" | "pulls/update" => (&["pull_requests"], Level::Write),
        "pulls/merge" => (&["contents"], Level::Write),
        _ if id.starts_with("pulls/") => (&["pull_requests"], Level::Read),
        "issues/list-for-repo" | "issues/list-comments" => {
            (&["issues", "pull_requests"], Level::Read)
        }
        "issues/create" => (&["issues"], Level::Write),
        _ => (&["issues", "pull_requests"], Level::Write),
    }
}

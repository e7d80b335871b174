//! Operations on pull requests.

use serde_json::json;

use super::description::complete;
use super::git_data::{commit, diff_entries};
use super::issues::{edit, thread};
use super::threads::{Comment, Pull, Thread};
use super::wire::Reply;
use super::world::{Repository, invalid, refuse, user};
use super::{Call, page};

type Answer = Result<Reply, Reply>;

pub fn answer(repository: &mut Repository, call: &Call<'_>) -> Answer {
    match call.id {
        "pulls/list" => list_pulls(repository, call),
        "pulls/create" => create_pull(repository, call),
        "pulls/get" => {
            let (thread, pull) = pull(repository, call)?;
            Ok(Reply::new(200, repository.pull_json(&thread, &pull, true)))
        }
        "pulls/update" => {
            edit(repository, call, "pull_number")?;
            let (thread, pull) = pull(repository, call)?;
            Ok(Reply::new(200, repository.pull_json(&thread, &pull, true)))
        }
        "pulls/merge" => merge(repository, call),
        "pulls/list-commits" => {
            let (_, pull) = pull(repository, call)?;
            let ids = repository.commits_of(&pull);
            Ok(page(call, ids.iter().map(|id| commit(repository, id)).collect()))
        }
        "pulls/list-files" => {
            let (_, pull) = pull(repository, call)?;
            let first = repository.commits_of(&pull).first().cloned();
            let from = first
                .and_then(|id| repository.objects.commit(&id)?.parents.first().cloned())
                .unwrap_or_else(|| pull.head_id.clone());
            Ok(page(call, diff_entries(repository, &from, &pull.head_id)))
        }
        "pulls/list-reviews" => {
            let (_, pull) = pull(repository, call)?;
            let review = |(comment, state): &(Comment, String)| {
                complete(
                    "pull-request-review",
                    json!({
                        "id": comment.id, "body": comment.body, "state": state,
                        "user": user(&comment.author), "submitted_at": comment.at,
                        "commit_id": pull.head_id,
                        "author_association": repository.association(&comment.author),
                    }),
                )
            };
            Ok(page(call, pull.reviews.iter().map(review).collect()))
        }
        "pulls/list-review-comments" => {
            let (_, pull) = pull(repository, call)?;
            let remark = |comment: &Comment| {
                complete(
                    "pull-request-review-comment",
                    json!({
                        "id": comment.id, "body": comment.body, "user": user(&comment.author),
                        "created_at": comment.at, "updated_at": comment.at,
                        "author_association": repository.association(&comment.author),
                    }),
                )
            };
            Ok(page(call, pull.remarks.iter().map(remark).collect()))
        }
        other => panic!("{other} has no handler"),
    }
}

fn pull(repository: &mut Repository, call: &Call<'_>) -> Result<(Thread, Pull), Reply> {
    let thread = thread(repository, call, "pull_number")?.clone();
    let pull = thread.pull.clone().ok_or(refuse(404, "Not Found"))?;
    Ok((thread, pull))
}

fn list_pulls(repository: &Repository, call: &Call<'_>) -> Answer {
    let state = call.query.get("state").map_or("open", String::as_str);
    let (head, base) = (call.query.get("head"), call.query.get("base"));
    let mut found: Vec<_> = repository
        .pulls()
        .filter(|(thread, _)| state == "all" || thread.open == (state == "open"))
        .filter(|(_, pull)| {
            // Without an owner GitHub doesn't filter at all.
            head.is_none_or(|head| match head.split_once(':') {
                Some((owner, branch)) => owner == repository.owner() && branch == pull.head,
                None => true,
            })
        })
        .filter(|(_, pull)| base.is_none_or(|base| *base == pull.base))
        .collect();
    let ascending = call.query.get("direction").is_some_and(|direction| direction == "asc");
    if !ascending {
        found.reverse();
    }
    let found = found.into_iter().map(|(thread, pull)| repository.pull_json(thread, pull, false));
    Ok(page(call, found.collect()))
}

fn create_pull(repository: &mut Repository, call: &Call<'_>) -> Answer {
    let (head, base) = (call.text("head"), call.text("base"));
    let head = head.strip_prefix(&format!("{}:", repository.owner())).unwrap_or(head).to_owned();
    if call.token.login == "github-actions[bot]" && !repository.actions_may_open_pulls {
        return Err(refuse(
            403,
            "GitHub Actions is not permitted to create or approve pull requests.",
        ));
    }
    let field = |field: &str| {
        let mut refusal = invalid("PullRequest", "");
        refusal.body["errors"] =
            json!([{ "resource": "PullRequest", "field": field, "code": "invalid" }]);
        refusal
    };
    let head_id = repository.branch(&head).cloned().ok_or_else(|| field("head"))?;
    let base_id = repository.branch(base).cloned().ok_or_else(|| field("base"))?;
    let same =
        |(thread, pull): &(&Thread, &Pull)| thread.open && pull.head == head && pull.base == base;
    if repository.pulls().any(|found| same(&found)) {
        let owner = repository.owner();
        let message = format!("A pull request already exists for {owner}:{head}.");
        return Err(invalid("PullRequest", &message));
    }
    if repository.objects.lineage(&base_id).contains(&head_id) {
        return Err(invalid("PullRequest", &format!("No commits between {base} and {head}")));
    }
    let body = call.body["body"].as_str().map(str::to_owned);
    if body.as_ref().is_some_and(|body| body.chars().count() > 65_536) {
        return Err(invalid("PullRequest", "body is too long (maximum is 65536 characters)"));
    }
    let title = call.body["title"].as_str().unwrap_or_default();
    let number = repository.open_thread(&call.token.login, title, body);
    let pull = Pull {
        head,
        head_id,
        base: base.to_owned(),
        base_id,
        draft: call.body["draft"] == true,
        merged: None,
        reviews: Vec::new(),
        remarks: Vec::new(),
    };
    let thread = repository.threads.get_mut(&number).unwrap();
    thread.pull = Some(pull.clone());
    let thread = thread.clone();
    Ok(Reply::new(201, repository.pull_json(&thread, &pull, true)))
}

fn merge(repository: &mut Repository, call: &Call<'_>) -> Answer {
    let (thread, pull) = pull(repository, call)?;
    if call.body["sha"].as_str().is_some_and(|sha| sha != pull.head_id) {
        return Err(refuse(409, "Head branch was modified. Review and try the merge again."));
    }
    let squash = call.body["merge_method"] == "squash";
    let id = repository.merge(thread.number, &call.token.login, squash)?;
    let message = "Pull Request successfully merged";
    Ok(Reply::new(200, json!({ "sha": id, "merged": true, "message": message })))
}

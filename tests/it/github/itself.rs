//! The GitHub of the tests is itself as strict as GitHub is: over the wire, operation by operation.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::fake::{Fault, GitHub, Level, TOKEN, Token, When};
use crate::cli::harness::Repo;

const REPO: &str = "/repos/octo/research";

/// Status, head and body of an answer; none if the connection broke off.
fn ask(
    github: &GitHub,
    token: &str,
    method: &str,
    path: &str,
    body: &Value,
) -> Option<(u16, String, Value)> {
    let mut stream = TcpStream::connect(github.url().strip_prefix("http://").unwrap()).unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).ok()?;
    let (head, body) = said.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().unwrap();
    Some((status, head.to_lowercase(), serde_json::from_str(body).unwrap_or(Value::Null)))
}

fn get(github: &GitHub, path: &str) -> (u16, Value) {
    let (status, _, body) = ask(github, TOKEN, "GET", path, &Value::Null).unwrap();
    (status, body)
}

fn send(github: &GitHub, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let (status, _, body) = ask(github, TOKEN, method, &format!("{REPO}{path}"), body).unwrap();
    (status, body)
}

fn filled() -> (GitHub, String) {
    let github = GitHub::new("octo/research");
    let files = [("a.txt", Some(b"one\n".as_slice())), ("dir/b.txt", Some(b"two\n".as_slice()))];
    let head = github.repository(|repository| repository.commit("octo", "main", &files, "first\n"));
    (github, head)
}

fn commit_by_graphql(github: &GitHub, token: &str, head: &str, path: &str) -> (u16, Value) {
    let query = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";
    let input = json!({
        "branch": { "repositoryNameWithOwner": "octo/research", "branchName": "main" },
        "message": { "headline": "by GraphQL", "body": "why" }, "expectedHeadOid": head,
        "fileChanges": { "additions": [{ "path": path, "contents": "bmV3Cg==" }] },
    });
    let body = json!({ "query": query, "variables": { "input": input } });
    let (status, _, body) = ask(github, token, "POST", "/graphql", &body).unwrap();
    (status, body)
}

#[test]
fn objects_have_the_ids_that_git_gives_them() {
    let repo = Repo::new();
    let github = GitHub::new("octo/research");
    github.repository(|repository| {
        // Holds each id against git's own.
        repository.push_from(&repo.root, "main");
        let old = repository.branch("main").unwrap().clone();
        assert_eq!(old, repo.head());
        let files = [("state/deep/er.txt", Some(b"x".as_slice())), ("data/WAVE.csv", None)];
        repository.commit("octo", "main", &files, "a change\n");
    });
    let clone = Repo::bare();
    github.repository(|repository| repository.check_out_to(&clone.root, "main"));
    clone.git(&["fsck", "--strict", "--no-dangling"]);
    assert_eq!(clone.read("state/deep/er.txt"), "x");
    assert!(!clone.path("data").exists(), "a folder without files is none");
    assert_eq!(clone.git(&["rev-list", "--count", "HEAD"]).trim(), "2");
}

#[test]
fn refs_move_forward_only() {
    let (github, head) = filled();
    let (status, tree) = get(&github, &format!("{REPO}/git/trees/{head}?recursive=1"));
    assert_eq!((status, tree["tree"].as_array().unwrap().len()), (200, 3));
    let entry = json!({ "path": "c.txt", "mode": "100644", "type": "blob", "content": "three\n" });
    let body = json!({ "base_tree": tree["sha"], "tree": [entry] });
    let (status, tree) = send(&github, "POST", "/git/trees", &body);
    assert_eq!(status, 201, "{tree}");
    let commit = |parents: Value| {
        let body = json!({ "message": "by hand", "tree": tree["sha"], "parents": parents });
        let (status, body) = send(&github, "POST", "/git/commits", &body);
        assert_eq!(status, 201, "{body}");
        body["sha"].as_str().unwrap().to_owned()
    };
    let (next, other) = (commit(json!([head])), commit(json!([])));
    let update = |id: &str, force: bool| {
        send(&github, "PATCH", "/git/refs/heads/main", &json!({ "sha": id, "force": force })).0
    };
    assert_eq!(update(&other, false), 422, "no descendant");
    assert_eq!(update(&next, false), 200);
    assert_eq!(update(&head, false), 422, "backwards");
    assert_eq!(update("0000000000000000000000000000000000000000", false), 422);
    let create = |name: &str| {
        let (status, body) =
            send(&github, "POST", "/git/refs", &json!({ "ref": name, "sha": next }));
        (status, body["message"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(create("refs/heads/main"), (422, "Reference already exists".into()));
    assert_eq!(create("refs/heads/main/below").0, 422, "a branch is no folder");
    assert_eq!(create("refs/heads/sprag/x").0, 201);
    assert_eq!(get(&github, &format!("{REPO}/branches/sprag%2Fx")).0, 200);
    assert_eq!(send(&github, "DELETE", "/git/refs/heads/sprag/x", &Value::Null).0, 204);
    assert_eq!(send(&github, "DELETE", "/git/refs/heads/sprag/x", &Value::Null).0, 422);
    assert_eq!(
        send(&github, "POST", "/git/trees", &json!({ "tree": [], "base_tree": other })).0,
        201
    );
    assert_eq!(get(&github, &format!("{REPO}/contents/c.txt")).1["content"], "dGhyZWUK\n");
}

#[test]
fn a_commit_by_graphql_needs_the_head_that_is_there() {
    let (github, head) = filled();
    let (status, body) = commit_by_graphql(&github, TOKEN, &head, "dir/c.txt");
    let new = body["data"]["createCommitOnBranch"]["commit"]["oid"].as_str().unwrap().to_owned();
    assert_eq!(
        (status, github.repository(|r| r.branch("main").cloned())),
        (200, Some(new.clone()))
    );
    let (_, commit) = get(&github, &format!("{REPO}/git/commits/{new}"));
    assert_eq!(
        (&commit["message"], &commit["parents"][0]["sha"]),
        (&json!("by GraphQL\n\nwhy"), &json!(head))
    );
    let (status, body) = commit_by_graphql(&github, TOKEN, &head, "dir/d.txt");
    assert_eq!((status, &body["errors"][0]["type"]), (200, &json!("STALE_DATA")));
    github.repository(|repository| repository.protected.insert("main".into()));
    let (_, body) = commit_by_graphql(&github, TOKEN, &new, "dir/d.txt");
    assert!(body["errors"][0]["message"].as_str().unwrap().contains("pull request"), "{body}");
}

#[test]
fn tokens_open_only_what_they_may() {
    let (github, head) = filled();
    let reader = Token::workflow().with("contents", Level::Read).without("pull_requests");
    github.world(|world| {
        world.tokens.insert("reader".into(), reader);
        let stranger = Token { sees: Some(Default::default()), ..Token::workflow() };
        world.tokens.insert("stranger".into(), stranger);
    });
    let blob = json!({ "content": "" });
    let (status, head_of, body) =
        ask(&github, "reader", "POST", &format!("{REPO}/git/blobs"), &blob).unwrap();
    assert_eq!((status, &body["message"]), (403, &json!("Resource not accessible by integration")));
    assert!(head_of.contains("x-accepted-github-permissions: contents=write"), "{head_of}");
    let (_, body) = commit_by_graphql(&github, "reader", &head, "x");
    assert_eq!(body["errors"][0]["type"], "FORBIDDEN");
    assert_eq!(ask(&github, "unknown", "GET", REPO, &Value::Null).unwrap().0, 401);
    assert_eq!(ask(&github, "stranger", "GET", REPO, &Value::Null).unwrap().0, 200);
    github.repository(|repository| repository.private = true);
    assert_eq!(ask(&github, "stranger", "GET", REPO, &Value::Null).unwrap().0, 404);
    github.world(|world| world.remaining = 0);
    let (status, head_of, _) = ask(&github, TOKEN, "GET", REPO, &Value::Null).unwrap();
    assert!(status == 403 && head_of.contains("x-ratelimit-reset: 1767229200"), "{head_of}");
    let empty = GitHub::new("octo/research");
    assert_eq!(get(&empty, &format!("{REPO}/git/ref/heads/main")).0, 409);
    assert_eq!(get(&empty, &format!("{REPO}/branches/main")).0, 404);
}

#[test]
fn pull_requests_are_one_per_branch_and_merge_only_what_was_seen() {
    let (github, head) = filled();
    let open = |branch: &str| {
        let body = json!({ "title": "t", "head": branch, "base": "main", "body": "b" });
        send(&github, "POST", "/pulls", &body)
    };
    assert_eq!(open("sprag/one").0, 422, "no such branch");
    github.repository(|repository| repository.set_ref("refs/heads/sprag/one", Some(head.clone())));
    assert!(open("sprag/one").1["errors"][0]["message"].as_str().unwrap().contains("No commits"));
    let first = github.repository(|repository| {
        repository.commit("octo", "sprag/one", &[("a.txt", Some(b"changed\n"))], "change")
    });
    let (status, pull) = open("sprag/one");
    assert_eq!(
        (status, &pull["head"]["sha"], &pull["mergeable"]),
        (201, &json!(first), &json!(true))
    );
    assert_eq!(open("sprag/one").0, 422, "a second one");
    let found = get(&github, &format!("{REPO}/pulls?head=octo:sprag/one&state=all"));
    assert_eq!((found.0, found.1.as_array().unwrap().len()), (200, 1));
    let files = get(&github, &format!("{REPO}/pulls/1/files")).1;
    assert_eq!((&files[0]["filename"], &files[0]["status"]), (&json!("a.txt"), &json!("modified")));
    assert_eq!(
        send(&github, "PUT", "/pulls/1/merge", &json!({ "sha": head })).0,
        409,
        "a stale head"
    );
    github.repository(|repository| {
        repository.commit("octo", "main", &[("a.txt", Some(b"otherwise\n"))], "meanwhile");
    });
    assert_eq!(send(&github, "PUT", "/pulls/1/merge", &json!({})).0, 405, "a conflict");
    github.world(|world| world.tokens.insert("hers".into(), Token::person("alice")));
    let remark = json!({ "body": "why so?" });
    let path = format!("{REPO}/issues/1/comments");
    assert_eq!(ask(&github, "hers", "POST", &path, &remark).unwrap().2["user"]["login"], "alice");
    github.repository(|repository| repository.review(1, "alice", "CHANGES_REQUESTED", "no"));
    let reviews = get(&github, &format!("{REPO}/pulls/1/reviews")).1;
    assert_eq!(reviews[0]["state"], "CHANGES_REQUESTED");
    github.repository(|repository| {
        repository.set_ref("refs/heads/sprag/one", None);
        assert!(!repository.threads[&1].open, "its branch is gone");
        repository.actions_may_open_pulls = false;
    });
    let (status, body) = open("sprag/one");
    assert!(status == 403 && body["message"].as_str().unwrap().contains("not permitted"), "{body}");
}

#[test]
fn comments_labels_and_issues_come_in_pages() {
    let (github, _) = filled();
    assert_eq!(
        send(&github, "POST", "/issues", &json!({ "title": "wrong", "labels": ["sprag"] })).0,
        201
    );
    for number in 0..35 {
        let body = json!({ "body": format!("comment {number}") });
        assert_eq!(send(&github, "POST", "/issues/1/comments", &body).0, 201);
    }
    let path = format!("{REPO}/issues/1/comments");
    let (_, head, body) = ask(&github, TOKEN, "GET", &path, &Value::Null).unwrap();
    assert_eq!(body.as_array().unwrap().len(), 30);
    assert!(head.contains("page=2>; rel=\"next\""), "{head}");
    assert_eq!(get(&github, &format!("{path}?page=2")).1.as_array().unwrap().len(), 5);
    assert_eq!(get(&github, &format!("{REPO}/issues?labels=sprag")).1.as_array().unwrap().len(), 1);
    let label = json!({ "name": "Sprag", "color": "ffffff" });
    assert_eq!(send(&github, "POST", "/labels", &label).0, 422, "it is there");
    assert_eq!(
        send(&github, "PATCH", "/issues/1", &json!({ "state": "closed" })).1["state"],
        "closed"
    );
    let permission = get(&github, &format!("{REPO}/collaborators/octo/permission")).1;
    assert_eq!(permission["permission"], "admin");
}

#[test]
fn it_fails_where_it_was_told_to() {
    let (github, _) = filled();
    let label = |name: &str| json!({ "name": name });
    let path = format!("{REPO}/labels");
    github.fail(When::Write(0), Fault::Lost);
    github.fail(When::Write(1), Fault::AnswerLost);
    github.fail(When::Operation("issues/create-label", 2), Fault::BadGateway);
    github.fail(When::Request(3), Fault::SecondaryLimit { status: 429, retry_after_s: 7 });
    for name in ["lost", "answer lost"] {
        assert!(ask(&github, TOKEN, "POST", &path, &label(name)).is_none());
    }
    assert_eq!(ask(&github, TOKEN, "POST", &path, &label("gateway")).unwrap().0, 502);
    let (status, head, _) = ask(&github, TOKEN, "POST", &path, &label("limited")).unwrap();
    assert!(status == 429 && head.contains("retry-after: 7"), "{head}");
    let known =
        github.repository(|repository| repository.labels.keys().cloned().collect::<Vec<_>>());
    assert_eq!(known, ["answer lost", "gateway"]);
    github.heal();
    let log = github.log();
    let ends: Vec<_> = log.iter().map(|entry| entry.status).collect();
    assert_eq!(ends, [None, None, Some(502), Some(429)]);
    assert_eq!((&log[2].path, &log[2].body["name"]), (&path, &json!("gateway")));
    github.fail(When::Always, Fault::Delay(1));
    assert_eq!(get(&github, &format!("{REPO}/issues?state=all")).0, 200);
    assert_eq!(github.log()[4].query["state"], "all");
}

#[test]
fn what_github_does_not_describe_is_noticed() {
    let (github, _) = filled();
    assert_eq!(get(&github, &format!("{REPO}/nonsense")).0, 404);
    assert_eq!(send(&github, "POST", "/labels", &json!({ "colour": "x" })).0, 422);
    assert_eq!(get(&github, &format!("{REPO}/pulls?state=opened")).0, 422);
    let flaws = github.flaws().join("\n");
    for expected in
        ["is not in the description", "unknown colour", "body has no \"name\"", "opened"]
    {
        assert!(flaws.contains(expected), "{expected}: {flaws}");
    }
}

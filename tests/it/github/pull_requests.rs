//! Candidates that wait for review on the GitHub of the tests, by the real binary in a workflow.

use sprag::ports::{Forge as _, PullPlan};

use super::bench::Bench;
use crate::cli::harness::Run;

pub const LEDGER: &str = "sprag/ledger";
pub const STRATEGY: &str = "state/strategy.toml";

/// What one run after a checkout of the base branch does.
pub fn iterate(bench: &Bench, iterations: &str) -> Run {
    bench.check_out();
    bench.sprag(&["iterate", "-n", iterations, "--mode", "pull-request"])
}

/// Research of which something waits for review.
pub fn waiting() -> Bench {
    let bench = Bench::new();
    bench.github.repository(|repository| {
        for (login, level) in [("alice", "write"), ("stranger", "read")] {
            repository.collaborators.insert(login.into(), level.into());
        }
    });
    for _ in 0..10 {
        iterate(&bench, "1").ok();
        if !pulls(&bench).is_empty() {
            return bench;
        }
    }
    panic!("ten iterations accepted nothing");
}

/// Number, branch and whether it is open.
pub fn pulls(bench: &Bench) -> Vec<(u64, String, bool)> {
    bench.github.repository(|repository| {
        let pulls = repository.pulls();
        pulls.map(|(thread, pull)| (thread.number, pull.head.clone(), thread.open)).collect()
    })
}

pub fn text(bench: &Bench, branch: &str, path: &str) -> String {
    bench.github.repository(|repository| repository.text(branch, path)).unwrap()
}

pub fn records(bench: &Bench) -> Vec<serde_json::Value> {
    serde_json::from_str(&text(bench, LEDGER, "state/history.json")).unwrap()
}

/// What tries whether a run may do what it is for, and leaves nothing.
pub const QUESTIONS: [&str; 2] = ["pulls/create", "git/create-blob"];

/// Another run writes nothing at all but what tries whether it may.
pub fn is_at_rest(bench: &Bench) {
    bench.github.forget();
    iterate(bench, "0").ok();
    assert_eq!(bench.github.writes(), QUESTIONS);
}

#[test]
fn a_candidate_waits_on_its_own_branch_and_is_the_incumbent_when_it_is_merged() {
    let bench = waiting();
    let [(number, branch, true)] = &pulls(&bench)[..] else { panic!("{:?}", pulls(&bench)) };
    let start = text(&bench, "main", STRATEGY);
    assert_eq!(text(&bench, LEDGER, STRATEGY), start);
    let theirs = text(&bench, branch, STRATEGY);
    assert_ne!(theirs, start);
    let last = records(&bench).pop().unwrap();
    assert_eq!((&last["verdict"], &last["format"]), (&"accepted".into(), &2.into()));
    bench.github.repository(|repository| {
        let thread = &repository.threads[number];
        assert_eq!(thread.labels, ["sprag"]);
        assert!(thread.title.contains("accepted"), "{}", thread.title);
        // The picture is where the body says, on the host of the page, so that private repositories show it.
        let head = repository.branch(branch).unwrap();
        let picture = format!("state/reports/{:06}.svg", last["iteration"].as_u64().unwrap());
        let at = format!("(https://github.example/octo/research/blob/{head}/{picture}?raw=true)");
        let body = thread.body.as_ref().unwrap();
        assert!(body.contains(&at) && body.contains("#### Gates"), "{body}");
        assert!(repository.text(head, &picture).unwrap().starts_with("<svg "));
        let report = repository.text(head, &picture.replace("svg", "md")).unwrap();
        assert!(report.contains("#### What changes"), "{report}");
        let main = repository.log("main");
        assert_eq!(main.len(), 1, "nothing is committed to the base branch");
        assert!(repository.text("main", "state/history.json").is_none());
        assert!(repository.log(LEDGER).iter().all(|(_, commit)| commit.parents.len() < 2));
        repository.merge(*number, "alice", true).unwrap();
    });
    iterate(&bench, "0").ok();
    let last = records(&bench).pop().unwrap();
    assert_eq!(last["verdict"], "merged");
    assert_eq!(last["pull_request"]["by"], serde_json::json!(["alice"]));
    assert_eq!(text(&bench, LEDGER, STRATEGY), theirs);
    is_at_rest(&bench);
}

#[test]
fn reasons_commands_and_commits_are_those_of_people_with_write_access() {
    let bench = waiting();
    let (number, branch, _) = pulls(&bench)[0].clone();
    let theirs = text(&bench, &branch, STRATEGY);
    bench.github.repository(|repository| {
        repository.comment(number, "stranger", "/sprag retry");
        repository.comment(number, "alice", "/sprag hold");
        let text = theirs.replacen("name = \"", "name = \"my ", 1);
        repository.commit("alice", &branch, &[(STRATEGY, Some(text.as_bytes()))], "mine");
    });
    iterate(&bench, "0").ok();
    let last = records(&bench).pop().unwrap();
    assert_eq!(last["proposer"]["kind"], "person");
    bench.github.repository(|repository| {
        let said = &repository.threads[&number].comments;
        assert!(said.iter().any(|comment| comment.body.contains("It stays open")));
        assert_eq!(said.len(), 4, "an answer and a verdict: {said:#?}");
        assert!(repository.text(&branch, STRATEGY).unwrap().contains("name = \"my "));
        repository.comment(number, "stranger", "because I say so");
        repository.review(number, "alice", "CHANGES_REQUESTED", "too few trades");
        repository.close(number, "alice");
    });
    is_at_rest_after(&bench);
    let last = records(&bench).pop().unwrap();
    assert_eq!(
        (&last["verdict"], &last["reason"]),
        (&"declined".into(), &"alice: too few trades".into())
    );
}

fn is_at_rest_after(bench: &Bench) {
    iterate(bench, "0").ok();
    is_at_rest(bench);
}

#[test]
fn what_actions_may_not_do_is_named_and_done_when_they_may() {
    let bench = Bench::new();
    bench.github.repository(|repository| repository.actions_may_open_pulls = false);
    let said = (0..10).map(|_| iterate(&bench, "1")).find(|run| run.code != 0).unwrap().failed(2);
    assert!(said.contains("Allow GitHub Actions to create and approve pull requests"), "{said}");
    assert_eq!(records(&bench).last().unwrap()["verdict"], "accepted");
    assert!(pulls(&bench).is_empty());
    bench.github.repository(|repository| repository.actions_may_open_pulls = true);
    is_at_rest_after(&bench);
    assert_eq!(pulls(&bench).len(), 1);
}

#[test]
fn a_protected_base_branch_is_no_matter_and_a_ledger_set_back_is() {
    let bench = Bench::new();
    bench.github.repository(|repository| repository.protected.insert("main".into()));
    for _ in 0..10 {
        iterate(&bench, "1").ok();
        if !pulls(&bench).is_empty() {
            break;
        }
    }
    let (number, branch, _) = pulls(&bench)[0].clone();
    bench.github.repository(|repository| {
        let (to, _) = repository.log(LEDGER)[1].clone();
        repository.set_ref(&format!("refs/heads/{LEDGER}"), Some(to));
    });
    let said = iterate(&bench, "1").failed(3);
    assert!(said.contains(&format!("#{number}")) && said.contains(&branch), "{said}");
    // Deleting its branch closes it.
    bench.github.repository(|repository| {
        repository.set_ref(&format!("refs/heads/{branch}"), None);
        repository.follow_refs();
    });
    iterate(&bench, "0").ok();
}

/// Two runs may both find that one is due: what one of them opened and a person ended isn't opened by the other.
#[test]
fn what_a_person_ended_a_moment_ago_is_not_opened_again() {
    for merged in [true, false] {
        let bench = waiting();
        let (number, branch, _) = pulls(&bench)[0].clone();
        let forge = super::adapter::forge(&bench);
        let plan = PullPlan {
            branch: branch.clone(),
            title: "iteration".into(),
            body: "again".into(),
            labels: Vec::new(),
        };
        assert_eq!(forge.open(&plan).unwrap(), number, "one that is open");
        bench.github.repository(|repository| match merged {
            true => repository.merge(number, "alice", false).map(|_| ()).unwrap(),
            false => repository.close(number, "alice"),
        });
        assert_eq!(forge.open(&plan).unwrap(), number, "one that was ended, merged: {merged}");
        assert_eq!(pulls(&bench).len(), 1);
        // A branch of the same name with something else is another one's.
        bench.github.repository(|repository| {
            repository.set_ref(&format!("refs/heads/{branch}"), None);
            let main = repository.branch("main").cloned();
            repository.set_ref(&format!("refs/heads/{branch}"), main);
            repository.commit("alice", &branch, &[("x", Some(b"x"))], "another history");
        });
        assert_ne!(forge.open(&plan).unwrap(), number);
    }
}

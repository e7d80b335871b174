//! What else can be wrong on GitHub: each ends in the right state, or in an error that says what to do.

use super::bench::Bench;
use super::fake::{Fault, GitHub, Level, TOKEN, Token, When};
use crate::cli::harness::{Repo, Run};

#[test]
fn a_run_started_from_an_old_commit_says_so_where_it_matters() {
    let bench = Bench::started();
    let program = bench.repo.read("program.md");
    bench.github.repository(|repository| {
        let text = program.replace("fee_bps = 1.0", "fee_bps = 2.0");
        repository.commit("a-person", "main", &[("program.md", Some(text.as_bytes()))], "dearer");
    });
    let before = bench.records().len();
    let said = bench.iterate("1").failed(75);
    assert!(said.contains("program.md of the commit that this run was started from"), "{said}");
    assert_eq!(bench.records().len(), before);
    bench.check_out();
    bench.iterate("1").ok();
    bench.assert_settled();
    assert_eq!(
        bench.records().last().unwrap()["iteration"],
        2,
        "a new epoch's baseline and one more"
    );
    // Something else in the repository may be newer.
    bench.github.repository(|repository| {
        repository.commit("a-person", "main", &[("README.md", Some(b"# Hello\n"))], "say hello");
    });
    bench.iterate("1").ok();
    // The data decide as the program does.
    bench.github.repository(|repository| {
        repository.commit("a-person", "main", &[("data/MORE.csv", Some(b"x"))], "more data");
    });
    let said = bench.iterate("1").failed(75);
    assert!(said.contains("data of the commit"), "{said}");
}

#[test]
fn a_persons_edit_while_a_run_is_at_work_is_taken_in() {
    let bench = Bench::started();
    bench.github.fail(When::Operation("createCommitOnBranch", 0), Fault::Hold);
    let mut child = bench.start(&["iterate", "-n", "1"]);
    assert!(bench.github.wait_held(|| child.try_wait().unwrap().is_some()));
    let strategy = bench.repo.read("state/strategy.toml");
    bench.github.repository(|repository| {
        let text = strategy.replacen("name = \"", "name = \"my ", 1);
        let files = [
            ("state/strategy.toml", Some(text.as_bytes())),
            ("NOTES.md", Some(b"# Mine\n".as_slice())),
        ];
        repository.commit("a-person", "main", &files, "mine");
    });
    bench.github.release(true);
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.code, 0, "{run:#?}");
    bench.assert_settled();
    let notes = bench.github.repository(|repository| repository.text("main", "NOTES.md"));
    assert_eq!(notes.as_deref(), Some("# Mine\n"), "nobody's commit is lost");
}

#[test]
fn a_branch_that_was_forced_back_is_gone_on_from() {
    let bench = Bench::started();
    bench.iterate("2").ok();
    bench.github.repository(|repository| {
        let log = repository.log("main");
        let (to, _) = &log[2];
        repository.set_ref("refs/heads/main", Some(to.clone()));
    });
    assert_eq!(bench.records().len(), 1);
    // The checkout is of before, and the folder holds what is gone by now.
    bench.iterate("1").ok();
    bench.assert_settled();
    assert_eq!(bench.records().len(), 2);
    // Forced back while a commit is under way: not undone by it.
    bench.github.fail(When::Operation("createCommitOnBranch", 2), Fault::Hold);
    bench.github.forget();
    bench.github.fail(When::Operation("createCommitOnBranch", 0), Fault::Hold);
    let mut child = bench.start(&["iterate", "-n", "1"]);
    assert!(bench.github.wait_held(|| child.try_wait().unwrap().is_some()));
    bench.github.repository(|repository| {
        let (to, _) = &repository.log("main")[1];
        repository.set_ref("refs/heads/main", Some(to.clone()));
    });
    bench.github.release(true);
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.code, 0, "{run:#?}");
    bench.assert_settled();
}

#[test]
fn a_protected_branch_is_named_with_what_to_do() {
    let bench = Bench::started();
    bench.github.repository(|repository| repository.protected.insert("main".into()));
    for has_graphql in [true, false] {
        bench.github.world(|world| world.has_graphql = has_graphql);
        let said = bench.iterate("1").failed(2);
        assert!(said.contains("protected") && said.contains("[publish] branch"), "{said}");
    }
    assert_eq!(bench.records().len(), 1);
    // What was proposed is kept for when the rule allows it.
    bench.github.repository(|repository| repository.protected.clear());
    bench.github.world(|world| world.has_graphql = true);
    bench.iterate("0").ok();
    bench.assert_settled();
    assert_eq!(bench.records().len(), 2);
}

#[test]
fn a_used_up_rate_limit_says_when_there_is_more() {
    let bench = Bench::started();
    for status in [403, 429] {
        bench.github.world(|world| (world.remaining, world.limited) = (0, status));
        let said = bench.iterate("1").failed(75);
        assert!(said.contains("at 2026-01-01T01:00:00Z"), "{status}: {said}");
    }
    // In the midst of an iteration it is the same, and the next run goes on.
    bench.github.world(|world| world.remaining = 12);
    bench.iterate("1").failed(75);
    bench.github.world(|world| world.remaining = 5000);
    bench.finish(2);
    bench.assert_settled();
}

#[test]
fn who_is_too_fast_waits_as_long_as_github_asks() {
    let bench = Bench::started();
    let limit = Fault::SecondaryLimit { status: 403, retry_after_s: 1 };
    bench.github.fail(When::Operation("createCommitOnBranch", 0), limit);
    bench.github.fail(
        When::Operation("git/create-tree", 0),
        Fault::SecondaryLimit { status: 429, retry_after_s: 1 },
    );
    bench.iterate("1").ok();
    bench.assert_settled();
    bench.github.forget();
    bench.github.heal();
    let limit = Fault::SecondaryLimit { status: 403, retry_after_s: 3600 };
    bench.github.fail(When::Request(3), limit);
    let said = bench.iterate("1").failed(75);
    assert!(said.contains("too fast"), "{said}");
}

#[test]
fn an_empty_repository_says_what_to_push() {
    let bench = Bench { github: GitHub::new(super::bench::NAME), ..Bench::new() };
    let said = bench.iterate("1").failed(2);
    assert!(said.contains("has no commit yet") && said.contains("program.md"), "{said}");
    let bench = Bench::new();
    let mut command = bench.command(&["iterate", "-n", "1"]);
    let said = Run::of(command.env("GITHUB_REF", "refs/heads/gone").output().unwrap()).failed(2);
    assert!(said.contains("no branch gone"), "{said}");
}

#[test]
fn a_token_that_may_too_little_is_told_what_it_needs_before_anything_is_done() {
    let bench = Bench::new();
    let reader = Token::workflow().with("contents", Level::Read);
    bench.github.world(|world| world.tokens.insert(TOKEN.into(), reader));
    let said = bench.iterate("1").failed(2);
    assert!(said.contains("`contents: write`") && said.contains("permissions:"), "{said}");
    assert_eq!(bench.github.writes(), ["git/create-blob"], "only the question");

    bench.github.repository(|repository| repository.private = true);
    let stranger = Token { sees: Some(Default::default()), ..Token::workflow() };
    bench.github.world(|world| world.tokens.insert(TOKEN.into(), stranger));
    let said = bench.iterate("1").failed(2);
    assert!(said.contains("shows no repository octo/research"), "{said}");

    bench.github.world(|world| world.tokens.clear());
    let said = bench.iterate("1").failed(2);
    assert!(said.contains("doesn't know the token in GITHUB_TOKEN"), "{said}");
    assert!(!said.contains(TOKEN), "{said}");

    bench.github.world(|world| world.tokens.insert(TOKEN.into(), Token::workflow()));
    bench.github.repository(|repository| repository.archived = true);
    assert!(bench.iterate("1").failed(2).contains("archived"));
}

#[test]
fn what_is_not_set_is_named() {
    let bench = Bench::new();
    let without = |name: &str| {
        let mut command = bench.command(&["iterate", "-n", "1"]);
        Run::of(command.env_remove(name).output().unwrap()).failed(2)
    };
    for name in ["GITHUB_TOKEN", "GITHUB_REPOSITORY"] {
        let said = without(name);
        assert!(
            said.contains(&format!("{name} isn't set")) && said.contains("--mode local"),
            "{said}"
        );
    }
    let mut command = bench.command(&["iterate", "-n", "1"]);
    let said = Run::of(command.env("GITHUB_REPOSITORY", "../x").output().unwrap()).failed(2);
    assert!(said.contains("owner/name"), "{said}");
    let mut command = bench.command(&["--set", "publish.token_env=MY_TOKEN", "iterate", "-n", "0"]);
    let run = command.env_remove("GITHUB_TOKEN").env("MY_TOKEN", TOKEN).output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let said = bench.sprag(&["iterate", "--mode", "remote"]).failed(2);
    assert!(said.contains("auto") && said.contains("commit"), "{said}");
}

#[test]
fn a_github_that_is_not_there_is_transient() {
    let bench = Bench::started();
    bench.github.fail(When::Always, Fault::Unreached);
    let said = bench.iterate("1").failed(75);
    assert!(said.contains("can't be reached now") && said.contains("502"), "{said}");
}

#[test]
fn nobody_elses_work_is_overwritten_in_the_folder() {
    let bench = Bench::started();
    bench.check_out();
    bench.repo.write("state/history.json", "mine\n");
    bench.iterate("1").ok();
    assert_eq!(bench.repo.read("state/history.json"), "mine\n");
    let desk = Repo::bare();
    bench.github.repository(|repository| repository.check_out_to(&desk.root, "main"));
    assert_eq!(desk.status()["iteration"], 1);
}

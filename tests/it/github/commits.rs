//! Whole runs that commit through GitHub, where nothing goes wrong.

use super::bench::{Bench, NAME, assert_same_end, timeless};
use super::fake::TOKEN;
use crate::cli::harness::{Repo, Run};

#[test]
fn a_run_in_a_workflow_lands_commits_and_the_next_goes_on() {
    let bench = Bench::new();
    let said = bench.iterate("2").ok();
    assert!(said.contains("iteration"), "{said}");
    bench.assert_settled();
    assert_eq!(bench.records().len(), 3);
    // Steps after it see the state in the folder, although the clone is behind.
    assert_eq!(bench.sprag(&["status", "--json"]).json()["iteration"], 2);
    assert!(bench.sprag(&["doctor"]).ok().contains("nothing stands in the way"));
    // A run that is started from the old checkout takes the state from GitHub.
    bench.iterate("1").ok();
    bench.check_out();
    bench.iterate("1").ok();
    bench.assert_settled();
    assert_eq!(bench.records().len(), 5);
    // The same as at a desk.
    let desk = Repo::new();
    desk.sprag(&["iterate", "-n", "4"]).ok();
    let timeless_all =
        |records: &[serde_json::Value]| records.iter().map(timeless).collect::<Vec<_>>();
    assert_eq!(timeless_all(&bench.records()), timeless_all(&desk.records()));
    bench.github.repository(|repository| {
        let (_, commit) = &repository.log("main")[0];
        let body = commit.message.lines().next().unwrap();
        assert!(body.starts_with("iteration 4: "), "{body}");
        assert_eq!(commit.author.name, "github-actions[bot]");
        let changed = repository
            .objects
            .diff(&repository.objects.commit(&commit.parents[0]).unwrap().tree, &commit.tree);
        assert!(changed.keys().all(|path| path.starts_with("state/")), "{changed:?}");
    });
}

#[test]
fn an_iteration_takes_as_many_requests_as_the_page_says() {
    let bench = Bench::started();
    bench.check_out();
    bench.iterate("1").ok();
    let writes = bench.github.writes().len();
    assert_eq!((writes, bench.github.log().len() - writes), (1 + 8, 3 + 1));
    bench.github.forget();
    // Nothing due costs nearly nothing.
    bench.check_out();
    bench.iterate("0").ok();
    assert_eq!(bench.github.log().len(), 4);
}

#[test]
fn without_graphql_it_commits_by_the_git_data_api() {
    let bench = Bench::started();
    let calm = Bench::of(bench.world());
    calm.iterate("2").ok();
    bench.github.world(|world| world.has_graphql = false);
    bench.iterate("2").ok();
    bench.assert_settled();
    assert_same_end(&bench, &calm);
    let writes = bench.github.writes();
    assert_eq!(writes.iter().filter(|name| *name == "createCommitOnBranch").count(), 1, "one try");
    assert!(
        calm.github.writes().iter().filter(|name| *name == "createCommitOnBranch").count() == 2
    );
}

#[test]
fn the_default_branch_need_not_be_main() {
    let bench = Bench::on_branch("research/trunk");
    let mut command = bench.command(&["iterate", "-n", "1"]);
    command.env_remove("GITHUB_REF");
    Run::of(command.output().unwrap()).ok();
    bench.assert_settled();
}

#[test]
fn a_research_folder_below_the_top_is_found() {
    let repo = Repo::bare();
    repo.fill("deep/er/");
    repo.commit_all("start");
    let bench = Bench { repo, ..Bench::new() };
    bench.github.repository(|repository| repository.push_from(&bench.repo.root, "main"));
    bench.sprag(&["--root", "deep/er", "iterate", "-n", "1"]).ok();
    let history = bench.github.repository(|r| r.text("main", "deep/er/state/history.json"));
    assert_eq!(history.unwrap().lines().count(), 4, "brackets and two records");
    // From an old checkout, all is read through the interface.
    bench.repo.git(&["checkout", "--quiet", "."]);
    bench.sprag(&["--root", "deep/er", "iterate", "-n", "1"]).ok();
}

#[test]
fn outside_of_actions_it_commits_to_github_when_asked_and_leaves_the_folder_alone() {
    let bench = Bench::new();
    let local = |args: &[&str]| {
        let mut command = bench.command(args);
        command.env_remove("GITHUB_ACTIONS");
        Run::of(command.output().unwrap())
    };
    local(&["iterate", "-n", "1", "--mode", "commit"]).ok();
    assert_eq!(bench.records().len(), 2);
    assert_eq!(bench.repo.dirt(), "");
    bench.github.forget();
    local(&["iterate", "-n", "0"]).ok();
    assert_eq!(bench.github.log().len(), 0, "on its own it stays at home");
}

#[test]
fn a_dry_run_only_reads() {
    let bench = Bench::started();
    let reader = super::fake::Token::workflow().with("contents", super::fake::Level::Read);
    bench.github.world(|world| world.tokens.insert(TOKEN.into(), reader));
    bench.sprag(&["iterate", "-n", "1", "--dry-run"]).ok();
    assert!(bench.github.writes().is_empty());
    assert_eq!(bench.records().len(), 1);
}

#[test]
fn histories_rotate_on_github_as_they_do_at_home() {
    let bench = Bench::started();
    // A history that is about to pass its bound: one record with a very long reason.
    let text = bench.github.repository(|r| r.text("main", "state/history.json")).unwrap();
    let long = "x".repeat(5_000_000 - text.len() - 2_000);
    let grown = text.replacen("\"reason\":\"", &format!("\"reason\":\"{long}"), 1);
    assert!(grown.len() > text.len(), "{text}");
    bench.github.repository(|repository| {
        let files = [("state/history.json", Some(grown.as_bytes()))];
        repository.commit("a-person", "main", &files, "grow");
    });
    bench.check_out();
    bench.iterate("2").ok();
    let segment = bench.github.repository(|r| r.text("main", "state/history/0000.json"));
    assert!(segment.is_some_and(|segment| segment.len() > 4_900_000), "{NAME} has no segment");
}

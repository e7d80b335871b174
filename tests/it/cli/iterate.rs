//! How much a run does, and when it stops.

use serde_json::Value;

use super::Repo;

#[test]
fn the_first_run_brings_the_baseline_and_n_counts_what_follows() {
    let repo = Repo::new();
    let first = repo.sprag(&["iterate", "-n", "0", "--json"]).json();
    assert_eq!(first["iterations"].as_array().unwrap().len(), 1);
    assert_eq!(repo.records()[0]["verdict"], "baseline");
    let nothing = repo.sprag(&["iterate", "-n", "0", "--json"]).json();
    assert_eq!(nothing["iterations"].as_array().unwrap().len(), 0);
    repo.sprag(&["iterate", "-n", "2"]).ok();
    assert_eq!(repo.records().len(), 3);
    // Without -n, [session] iterations says how many: 1 by default.
    repo.sprag(&["iterate"]).ok();
    assert_eq!(repo.records().len(), 4);
    repo.sprag(&["iterate", "--set", "session.iterations=2"]).ok();
    assert_eq!(repo.records().len(), 6);
    repo.assert_settled();
}

#[test]
fn status_log_and_show_tell_what_happened() {
    let repo = Repo::new();
    assert_eq!(repo.status(), Value::Null);
    assert!(repo.sprag(&["status"]).ok().contains("no iterations yet"));
    assert_eq!(repo.sprag(&["log", "--json"]).json(), Value::Array(Vec::new()));
    repo.sprag(&["iterate", "-n", "4"]).ok();
    let status = repo.status();
    let keys = "format iteration epoch incumbent baseline best trials verdicts plateau holdout \
                spend segments updated";
    for key in keys.split_whitespace() {
        assert!(status.get(key).is_some(), "no {key} in {status}");
    }
    assert_eq!((&status["iteration"], &status["trials"]), (&4.into(), &5.into()));
    let log = repo.sprag(&["log", "--json"]).json();
    let records = repo.records();
    for (line, record) in log.as_array().unwrap().iter().zip(&records) {
        for key in ["iteration", "verdict", "score", "trial"] {
            assert_eq!(line[key], record[key]);
        }
        assert!(line["hypothesis"].is_string() && line.get("delta").is_some());
    }
    assert_eq!(repo.sprag(&["log", "-n", "2", "--json"]).json().as_array().unwrap().len(), 2);
    let text = repo.sprag(&["log", "-n", "2"]).ok();
    assert!(
        text.trim_start().starts_with('4') && text.lines().count() == 2,
        "latest first: {text}"
    );
    assert_eq!(repo.sprag(&["show", "3", "--json"]).json(), records[3]);
    assert!(repo.sprag(&["show", "3"]).ok().contains(records[3]["candidate"].as_str().unwrap()));
    let message = repo.sprag(&["show", "5"]).failed(2);
    assert!(message.contains("no iteration 5") && message.contains("0 to 4"), "{message}");
}

#[test]
fn the_same_state_and_seed_give_the_same_proposals() {
    let run = |seed: &str| {
        let repo = Repo::new();
        repo.sprag(&["iterate", "-n", "6", "--set", seed]).ok();
        repo.records().iter().map(|record| record["candidate"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(run("proposer.seed=5"), run("proposer.seed=5"));
    assert_ne!(run("proposer.seed=5"), run("proposer.seed=6"));
}

#[test]
fn a_dry_run_changes_nothing() {
    let repo = Repo::new();
    let unborn = repo.sprag(&["iterate", "-n", "2", "--dry-run", "--json"]).json();
    assert!(!unborn["iterations"].as_array().unwrap().is_empty());
    assert_eq!(repo.dirt(), "");
    repo.sprag(&["iterate", "-n", "1"]).ok();
    let (head, files) = (repo.head(), repo.git(&["count-objects"]));
    let dry = repo.sprag(&["iterate", "-n", "3", "--dry-run", "--json"]).json();
    let iterations = dry["iterations"].as_array().unwrap();
    assert_eq!(iterations.len(), 3);
    assert_eq!(iterations[0]["iteration"], 2);
    assert_eq!(repo.head(), head);
    assert_eq!(repo.dirt(), "");
    assert_eq!(repo.git(&["count-objects"]), files, "not even objects were written");
    assert!(!repo.path("state/journal.json").exists());
    // What a dry run shows is what a run does.
    let wet = repo.sprag(&["iterate", "-n", "1", "--json"]).json();
    assert_eq!(wet["iterations"][0], iterations[0]);
}

#[test]
fn a_stop_file_ends_a_run_before_the_next_iteration() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "0"]).ok();
    repo.write("STOP", "");
    let run = repo.sprag(&["iterate", "-n", "5", "--json"]).json();
    assert_eq!(run["iterations"], Value::Array(Vec::new()));
    assert!(run["stopped"].as_str().unwrap().contains("STOP"), "{run}");
    let other = ["iterate", "-n", "1", "--set", "session.stop_file=\"HALT\"", "--json"];
    assert_eq!(repo.sprag(&other).json()["iterations"].as_array().unwrap().len(), 1);
}

#[test]
fn a_deadline_starts_no_iteration_after_it() {
    let repo = Repo::new();
    let run = repo.sprag(&["iterate", "-n", "5", "--deadline", "0s", "--json"]).json();
    // The baseline is no iteration that the deadline could hold back: without it there is no state.
    assert_eq!(run["iterations"].as_array().unwrap().len(), 1);
    assert!(run["stopped"].as_str().unwrap().contains("deadline"), "{run}");
    let message = repo.sprag(&["iterate", "--deadline", "soon"]).failed(2);
    assert!(message.contains("soon") && message.contains("20m"), "{message}");
}

#[test]
fn a_budget_of_trials_is_not_overdrawn() {
    let repo = Repo::new();
    let args = ["iterate", "-n", "9", "--set", "budget.trials=3", "--json"];
    let run = repo.sprag(&args).json();
    assert!(run["stopped"].as_str().unwrap().contains("budget"), "{run}");
    assert_eq!(repo.status()["trials"], 3);
    assert_eq!(repo.sprag(&args).json()["iterations"], Value::Array(Vec::new()));
    repo.assert_settled();
}

#[test]
fn scratch_works_in_a_copy() {
    let repo = Repo::new();
    let folder = repo.root.parent().unwrap().join("copy");
    let flag = format!("--scratch={}", folder.display());
    let head = repo.head();
    let run = repo.sprag(&["iterate", "-n", "2", &flag, "--json"]).json();
    assert_eq!(run["root"], folder.display().to_string());
    assert_eq!((repo.head(), repo.dirt()), (head, String::new()));
    assert!(repo.status().is_null());
    let copy = folder.display().to_string();
    let status = repo.sprag(&["--root", &copy, "status", "--json"]).json();
    assert_eq!(status["iteration"], 2);
    let message = repo.sprag(&["iterate", &flag]).failed(2);
    assert!(message.contains("not empty"), "{message}");
}

#[test]
fn a_root_below_the_repository_is_a_research_repository_of_its_own() {
    let repo = Repo::bare();
    repo.write("README.md", "# Something else\n");
    repo.fill("desk/waves/");
    repo.commit_all("start");
    let root = repo.path("desk/waves").display().to_string();
    repo.sprag(&["--root", &root, "iterate", "-n", "3"]).ok();
    assert_eq!(repo.sprag(&["--root", "desk/waves", "status", "--json"]).json()["iteration"], 3);
    assert_eq!(repo.dirt(), "");
    let files = repo.git(&["show", "--name-only", "--format=", "HEAD"]);
    assert!(files.lines().all(|file| file.starts_with("desk/waves/state/")), "{files}");
    repo.git(&["fsck", "--strict", "--no-dangling"]);
}

#[test]
fn what_a_run_says_of_its_iterations_is_what_the_log_says_later() {
    let repo = Repo::new();
    let first = repo.sprag(&["iterate", "-n", "2", "--json"]).json();
    assert_eq!(first["iterations"], repo.sprag(&["log", "--json"]).json());
    // Also where the incumbent is one that an earlier run left.
    let second = repo.sprag(&["iterate", "-n", "2", "--json"]).json();
    assert_eq!(second["iterations"], repo.sprag(&["log", "-n", "2", "--json"]).json());
    assert!(second["iterations"][0]["delta"].is_number(), "{second}");
}

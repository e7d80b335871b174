//! What people do between runs: their files are theirs, their commits are taken in.

use super::Repo;

#[test]
fn dirty_files_and_staged_changes_stay_as_they_are() {
    let repo = Repo::new();
    repo.write("README.md", "one\n");
    repo.write("notes.txt", "one\n");
    repo.commit_all("notes");
    repo.write("README.md", "two, not staged\n");
    repo.write("notes.txt", "two, staged\n");
    repo.write("new.txt", "staged\n");
    repo.git(&["add", "notes.txt", "new.txt"]);
    repo.write("notes.txt", "three, not staged\n");
    repo.write("loose.txt", "never added\n");
    let (dirt, staged) = (repo.dirt(), repo.git(&["diff", "--cached"]));
    repo.sprag(&["iterate", "-n", "4"]).ok();
    assert_eq!(repo.dirt(), dirt);
    assert_eq!(repo.git(&["diff", "--cached"]), staged);
    assert_eq!(repo.read("notes.txt"), "three, not staged\n");
    let touched = repo.git(&["log", "--name-only", "--format=", "-5"]);
    assert!(touched.lines().all(|file| file.starts_with("state/")), "{touched}");
}

#[test]
fn a_committed_edit_of_the_strategy_is_an_external_iteration() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    let trials = repo.status()["trials"].as_u64().unwrap();
    repo.write("state/strategy.toml", "name = 'mine'\n[long]\nenter = 'close > sma(close, 77)'\nexit = 'close < sma(close, 77)'\n");
    repo.commit_all("My own idea");
    let hash = repo.sprag(&["check", "--json"]).json()["hash"].clone();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    let record = &repo.records()[2];
    assert_eq!(record["verdict"], "external");
    assert_eq!(record["proposer"]["kind"], "person");
    assert_eq!(record["candidate"], hash);
    assert_eq!(record["trial"].as_u64(), Some(trials + 1));
    let next = &repo.records()[3];
    assert_eq!(next["parent"], hash, "research goes on from there");
    repo.assert_settled();
}

#[test]
fn an_edit_that_means_the_same_is_no_iteration() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "0"]).ok();
    repo.edit("state/strategy.toml", "[params]", "# a remark\n[params]\nunused = 3");
    repo.commit_all("Say more");
    repo.sprag(&["iterate", "-n", "0"]).ok();
    assert_eq!(repo.records().len(), 1);
    assert_eq!(repo.dirt(), "");
    assert!(repo.read("state/strategy.toml").contains("# a remark"));
}

#[test]
fn an_edit_that_is_not_committed_is_left_alone() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "0"]).ok();
    for staged in [false, true] {
        repo.edit("state/strategy.toml", "value = 30", "value = 31");
        if staged {
            repo.git(&["add", "state/strategy.toml"]);
        }
        let (head, dirt) = (repo.head(), repo.dirt());
        let message = repo.sprag(&["iterate", "-n", "1"]).failed(3);
        assert!(message.contains("state/strategy.toml was edited but not committed"), "{message}");
        assert!(message.contains("git checkout HEAD -- state/strategy.toml"), "{message}");
        assert_eq!((repo.head(), repo.dirt()), (head, dirt));
        assert!(repo.read("state/strategy.toml").contains("value = 31"));
        repo.git(&["reset", "--quiet", "--hard"]);
    }
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.assert_settled();
}

#[test]
fn a_change_of_the_program_that_moves_scores_starts_an_epoch() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "3"]).ok();
    let before = repo.status();
    repo.edit("program.md", "fee_bps = 1.0", "fee_bps = 3.0");
    repo.commit_all("Dearer");
    let run = repo.sprag(&["iterate", "-n", "1", "--json"]).json();
    assert_eq!(
        run["iterations"].as_array().unwrap().len(),
        2,
        "the baseline doesn't count towards -n"
    );
    let records = repo.records();
    assert_eq!(records[4]["verdict"], "baseline");
    assert_ne!(records[4]["epoch"], before["epoch"]);
    assert_ne!(records[4]["score"], before["incumbent"]["score"]);
    assert_eq!(records[4]["candidate"], before["incumbent"]["hash"]);
    let after = repo.status();
    assert_eq!(after["epoch"], records[4]["epoch"]);
    assert_eq!(after["baseline"]["iteration"], 4);
    // The new evaluation is another look at the data: trials go on from where they were.
    assert_eq!(records[4]["trial"].as_u64(), before["trials"].as_u64().map(|trials| trials + 1));
    repo.assert_settled();
}

#[test]
fn what_no_commit_holds_is_noticed_when_it_decides_a_score() {
    let repo = Repo::new();
    let quiet = repo.sprag(&["iterate", "-n", "1"]).stderr;
    assert!(!quiet.contains("reproduced"), "{quiet}");
    let overridden = repo.sprag(&["iterate", "-n", "1", "--set", "costs.fee_bps=2"]).stderr;
    assert!(overridden.contains("--set overrides what decides a score"), "{overridden}");
    repo.edit("program.md", "fee_bps = 1.0", "fee_bps = 3.0");
    let edited = repo.sprag(&["iterate", "-n", "1"]).stderr;
    assert!(edited.contains("program.md differs from the last commit"), "{edited}");
}

#[test]
fn a_change_of_the_program_that_moves_no_score_starts_none() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.edit("program.md", "Find something small that lasts.", "Find anything.");
    repo.edit("program.md", "min_trades = 5", "min_trades = 6");
    repo.commit_all("Ask for more");
    repo.sprag(&["iterate", "-n", "1"]).ok();
    let records = repo.records();
    assert_eq!(records.len(), 3);
    assert_eq!(records[0]["epoch"], records[2]["epoch"]);
}

#[test]
fn new_bars_start_an_epoch() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    let data = repo.read("data/WAVE.csv");
    let shorter: Vec<&str> = data.lines().take(700).collect();
    repo.write("data/WAVE.csv", &(shorter.join("\n") + "\n"));
    repo.commit_all("Other data");
    repo.sprag(&["iterate", "-n", "0"]).ok();
    let records = repo.records();
    assert_eq!(records[2]["verdict"], "baseline");
    assert_ne!(records[2]["data"], records[1]["data"]);
    assert_ne!(records[2]["epoch"], records[1]["epoch"]);
}

#[test]
fn program_and_strategy_changed_at_once_are_one_baseline() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.edit("program.md", "fee_bps = 1.0", "fee_bps = 2.0");
    repo.write("state/strategy.toml", "[long]\nenter = 'close > open'\nexit = 'close < open'\n");
    repo.commit_all("All new");
    let hash = repo.sprag(&["check", "--json"]).json()["hash"].clone();
    repo.sprag(&["iterate", "-n", "0"]).ok();
    let records = repo.records();
    assert_eq!(records.len(), 3);
    assert_eq!((&records[2]["verdict"], &records[2]["candidate"]), (&"baseline".into(), &hash));
    repo.assert_settled();
}

#[test]
fn work_of_others_on_the_branch_is_no_hindrance() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.write("README.md", "hello\n");
    repo.commit_all("Say hello");
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.git(&["checkout", "--quiet", "-b", "elsewhere"]);
    repo.sprag(&["iterate", "-n", "1"]).ok();
    assert_eq!(repo.git(&["rev-parse", "--abbrev-ref", "HEAD"]).trim(), "elsewhere");
    repo.assert_settled();
    repo.git(&["checkout", "--quiet", "main"]);
    assert_eq!(repo.status()["iteration"], 2);
    repo.assert_settled();
}

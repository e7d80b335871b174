//! Exit codes 2, 3 and 75: what was wrong is said, and nothing was touched.

use std::time::{Duration, Instant};

use super::Repo;
use super::harness::{Run, sprag_in};

/// The run fails with `code`, says all of `parts`, and leaves repository and work tree as they were.
#[track_caller]
fn refused(repo: &Repo, code: i32, parts: &[&str]) {
    let (head, dirt) = (repo.head(), repo.dirt());
    let message = repo.sprag(&["iterate", "-n", "1"]).failed(code);
    for part in parts {
        assert!(message.contains(part), "no {part:?} in {message}");
    }
    assert_eq!((repo.head(), repo.dirt()), (head, dirt));
}

#[test]
fn a_broken_program_is_a_configuration_error_with_its_line() {
    let repo = Repo::new();
    repo.edit("program.md", "fee_bps = 1.0", "fee_bsp = 1.0");
    repo.commit_all("Slip");
    refused(&repo, 2, &["program.md:17:1", "fee_bsp = 1.0", "fee_bps"]);
    assert!(repo.status().is_null());
    for command in ["backtest", "check"] {
        repo.sprag(&[command]).failed(2);
    }
}

#[test]
fn a_broken_strategy_is_a_configuration_error_with_its_place() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.edit("state/strategy.toml", "close, sma(", "close, smaa(");
    repo.commit_all("Slip");
    refused(&repo, 2, &["state/strategy.toml:8:", "smaa", "did you mean `sma`?"]);
    assert_eq!(repo.records().len(), 2);
}

#[test]
fn a_missing_strategy_says_how_to_get_one() {
    let repo = Repo::new();
    repo.git(&["rm", "--quiet", "state/strategy.toml"]);
    repo.commit_all("Gone");
    refused(&repo, 2, &["state/strategy.toml is missing", "sprag init"]);
}

#[test]
fn a_market_that_is_not_there_or_too_short_says_so() {
    let repo = Repo::new();
    let data = repo.read("data/WAVE.csv");
    let lines: Vec<&str> = data.lines().collect();
    repo.write("data/WAVE.csv", &(lines[..300].join("\n") + "\n"));
    repo.commit_all("Less");
    refused(&repo, 2, &["fold", "[split] in program.md"]);
    repo.write("data/WAVE.csv", &data.replacen("2018-01-03", "2018-01-33", 1));
    repo.commit_all("Wrong");
    refused(&repo, 2, &["WAVE.csv", "2018-01-33"]);
    repo.git(&["rm", "--quiet", "data/WAVE.csv"]);
    repo.write("data/README.md", "Nothing yet.\n");
    repo.commit_all("Nothing");
    refused(&repo, 2, &["data", ".csv"]);
}

#[test]
fn a_program_that_asks_for_what_is_not_there_is_quoted() {
    let repo = Repo::new();
    let program = repo.read("program.md");
    let market = "\n```toml\n[market]\ndata = \"data\"\nsymbols = [\"WAVES\"]\n```\n";
    repo.write("program.md", &(program.clone() + market));
    let line = program.lines().count() + 5;
    let place = format!("program.md:{line}:12");
    refused(&repo, 2, &[&place, "symbols = [\"WAVES\"]", "no WAVES.csv", "did you mean `WAVE`?"]);
    repo.edit("program.md", "data = \"data\"", "data = \"dato\"");
    let place = format!("program.md:{}:8", line - 1);
    refused(&repo, 2, &[&place, "data = \"dato\"", "one CSV or Parquet file per symbol"]);
    let message = repo.sprag(&["data", "check"]).failed(2);
    assert!(message.contains(&place), "{message}");
}

#[test]
fn wrong_usage_says_what_was_expected() {
    let repo = Repo::new();
    let cases: [(&[&str], &str); 8] = [
        (&["iterate", "--set", "costs.fee=3"], "fee_bps"),
        (&["iterate", "--set", "costs.fee_bps"], "KEY=VALUE"),
        (&["iterate", "--proposer", "oracle"], "search"),
        (&["iterate", "-n", "many"], "--iterations"),
        (&["backtest", "--threads", "0"], "--threads"),
        (&["backtest", "missing.toml"], "missing.toml"),
        (&["backtest", "--span", "holdout"], "holdout"),
        (&["log", "--root", "nowhere"], "nowhere"),
    ];
    for (args, part) in cases {
        let message = repo.sprag(args).failed(2);
        assert!(message.contains(part), "{args:?}: {message}");
    }
    assert!(repo.status().is_null());
}

#[test]
fn outside_of_a_repository_nothing_is_iterated() {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::of(sprag_in(folder.path(), &["iterate"]).output().unwrap());
    let message = run.failed(2);
    assert!(message.contains("git init") || message.contains("git repository"), "{message}");
}

#[test]
fn state_that_is_broken_or_contradicts_itself_needs_a_person() {
    let breaks = [
        ("state/status.json", "\"trials\": 2", "\"trials\": 7", "state/status.json"),
        ("state/status.json", "{", "{{", "state/status.json"),
        ("state/history.json", "\"iteration\":1", "\"iteration\":2", "its number is 2"),
        ("state/history.json", "]", "", "state/history.json"),
        ("state/status.json", "\"format\": 1", "\"format\": 99", "99"),
    ];
    for (file, from, to, said) in breaks {
        let repo = Repo::new();
        repo.sprag(&["iterate", "-n", "1"]).ok();
        let text = repo.read(file);
        let at = text.rfind(from).unwrap_or_else(|| panic!("no {from} in {text}"));
        repo.write(file, &format!("{}{to}{}", &text[..at], &text[at + from.len()..]));
        repo.commit_all("Break it");
        refused(&repo, 3, &[said]);
        let message = repo.sprag(&["status"]).failed(3);
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn records_that_somebody_changed_are_not_read_past() {
    for (file, text) in [("state/status.json", "{"), ("state/history.json", "[\n]\n")] {
        let repo = Repo::new();
        repo.sprag(&["iterate", "-n", "1"]).ok();
        repo.write(file, text);
        refused(&repo, 3, &[file, "git checkout HEAD --"]);
        for command in [&["status"][..], &["log"], &["show", "0"]] {
            let message = repo.sprag(command).failed(3);
            assert!(message.contains(file), "{command:?}: {message}");
        }
        assert_eq!(repo.read(file), text);
    }
    // A strategy is a person's to edit: looking on is not refused.
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.edit("state/strategy.toml", "[long]", "# mine\n[long]");
    repo.sprag(&["status"]).ok();
}

#[test]
fn a_journal_that_nobody_can_read_is_left_alone() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.write("state/journal.json", "not a journal");
    refused(&repo, 3, &["state/journal.json"]);
    assert_eq!(repo.read("state/journal.json"), "not a journal");
}

#[test]
fn a_merge_that_is_under_way_comes_first() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.git(&["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    repo.write("side.txt", "x\n");
    repo.commit_all("side");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.git(&["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
    refused(&repo, 3, &["merge"]);
}

#[test]
fn of_two_runs_at_once_the_second_is_asked_to_come_back() {
    let repo = Repo::new();
    let mut first = repo.start(&["iterate", "-n", "100000"]);
    let deadline = Instant::now() + Duration::from_secs(30);
    // Held from before the baseline until the end.
    while !repo.path("state/history.json").exists() {
        assert!(Instant::now() < deadline, "the first run doesn't start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = repo.sprag(&["iterate", "-n", "1"]);
    let message = second.failed(75);
    assert!(message.contains("another") || message.contains("lock"), "{message}");
    assert!(repo.sprag(&["status", "--json"]).code == 0, "reading needs no lock");
    first.kill().unwrap();
    first.wait().unwrap();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.assert_settled();
}

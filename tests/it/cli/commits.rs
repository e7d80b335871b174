//! What an iteration is in git: its message, its trailers, the files it touches, whom it is by.

use std::process::Stdio;

use super::Repo;

/// Trailers of a message, as git itself reads them.
fn trailers(repo: &Repo, message: &str) -> Vec<(String, String)> {
    let mut command = std::process::Command::new("git");
    command.current_dir(&repo.root).args(["interpret-trailers", "--parse"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), message.as_bytes()).unwrap();
    let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let pair = |line: &str| line.split_once(": ").map(|(key, value)| (key.into(), value.into()));
    output.lines().filter_map(pair).collect()
}

#[test]
fn each_commit_says_in_its_message_and_trailers_what_its_record_says() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "12"]).ok();
    repo.assert_settled();
    let records = repo.records();
    assert!(records.iter().any(|record| record["verdict"] == "accepted"), "nothing was accepted");
    assert!(records.iter().any(|record| record["verdict"] == "rejected"), "nothing was rejected");
    let commits = repo.git(&["log", "--reverse", "--format=%H", "--skip=0"]);
    let commits: Vec<&str> = commits.lines().skip(1).collect();
    assert_eq!(commits.len(), records.len());
    for (commit, record) in commits.iter().zip(&records) {
        let message = repo.git(&["show", "--no-patch", "--format=%B", commit]);
        let verdict = record["verdict"].as_str().unwrap();
        let score = record["score"].as_f64().unwrap();
        let start = format!("iteration {}: {verdict}, score {score:.2}", record["iteration"]);
        assert!(message.starts_with(&start), "{message}");
        let subject = message.lines().next().unwrap();
        assert!(subject.chars().count() <= 110, "{subject}");
        assert!(message.lines().all(|line| line.chars().count() <= 110), "{message}");
        let text = |key: &str| record[key].as_str().unwrap().to_owned();
        let expected = [
            ("Sprag-Iteration", record["iteration"].to_string()),
            ("Sprag-Verdict", verdict.to_owned()),
            ("Sprag-Score", score.to_string()),
            ("Sprag-Candidate", text("candidate")),
            ("Sprag-Epoch", text("epoch")),
        ];
        let expected: Vec<(String, String)> =
            expected.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        assert_eq!(trailers(&repo, &message), expected);
        let mut files: Vec<String> = repo
            .git(&["show", "--name-only", "--format=", commit])
            .lines()
            .map(str::to_owned)
            .collect();
        files.sort();
        let mut touched = vec!["state/history.json", "state/status.json"];
        // A trial is counted in the commit of its record; a duplicate is none.
        if let "baseline" | "accepted" | "rejected" = verdict {
            touched.insert(1, "state/ledger/0000.json");
        }
        if verdict == "accepted" {
            touched.push("state/strategy.toml");
        }
        assert_eq!(files, touched, "{message}");
    }
}

#[test]
fn the_history_is_valid_and_only_grows_at_every_commit() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "5"]).ok();
    let mut before = String::from("[\n");
    let commits = repo.git(&["log", "--reverse", "--format=%H"]);
    for commit in commits.lines().skip(1) {
        let history = repo.git(&["show", &format!("{commit}:state/history.json")]);
        let records: Vec<serde_json::Value> = serde_json::from_str(&history).unwrap();
        assert_eq!(history.lines().count(), records.len() + 2, "a line for each record");
        let body = history.trim_end().trim_end_matches(']').trim_end();
        assert!(body.starts_with(before.trim_end()), "{history}\nafter\n{before}");
        before = body.to_owned();
        let status = repo.git(&["show", &format!("{commit}:state/status.json")]);
        let status: serde_json::Value = serde_json::from_str(&status).unwrap();
        assert_eq!(status["iteration"], records.len() - 1);
    }
}

#[test]
fn the_strategy_of_the_last_accepted_commit_is_what_its_record_names() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "8"]).ok();
    let hash = repo.sprag(&["check", "--json"]).json()["hash"].clone();
    let status = repo.status();
    assert_eq!(status["incumbent"]["hash"], hash);
    let record = &repo.records()[status["incumbent"]["iteration"].as_u64().unwrap() as usize];
    assert_eq!(record["candidate"], hash);
    // The comments of the person who wrote the first one survive the search's edits.
    assert!(repo.read("state/strategy.toml").starts_with("# A slow start"));
}

#[test]
fn without_a_configured_name_commits_have_one_all_the_same() {
    let repo = Repo::new();
    repo.git(&["config", "--unset", "user.name"]);
    repo.git(&["config", "--unset", "user.email"]);
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.assert_settled();
    assert!(!repo.git(&["log", "-1", "--format=%an <%ae>"]).trim().is_empty());
}

#[test]
fn a_run_in_actions_is_named_in_its_records() {
    let repo = Repo::new();
    let mut command = repo.command(&["iterate", "-n", "1"]);
    command.env("GITHUB_RUN_ID", "77").env("GITHUB_SERVER_URL", "https://example.org");
    command.env("GITHUB_REPOSITORY", "a/b");
    assert!(command.output().unwrap().status.success());
    let run = repo.records()[1]["run"].clone();
    assert_eq!(run["id"], "77");
    assert_eq!(run["url"], "https://example.org/a/b/actions/runs/77");
}

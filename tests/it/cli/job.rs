//! A run in GitHub Actions: summary, outputs, groups and annotations, by the real binary with a job's variables.

use std::collections::BTreeMap;
use std::fs;

use super::Repo;
use super::harness::{Run, read};

struct Done {
    run: Run,
    summary: String,
    outputs: BTreeMap<String, String>,
}

/// Runs as a step of a job.
fn step(repo: &Repo, args: &[&str]) -> Done {
    let files = tempfile::tempdir().unwrap();
    let (summary, output) = (files.path().join("summary"), files.path().join("output"));
    // The runner makes the files; what other steps wrote stays.
    fs::write(&summary, "before\n").unwrap();
    let here = ["--set", "publish.mode=local"];
    let mut command = repo.command(&[args, &here].concat());
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", &output);
    command.env("GITHUB_STEP_SUMMARY", &summary);
    let run = Run::of(command.output().unwrap());
    let outputs = if output.exists() { parse(&read(&output)) } else { BTreeMap::new() };
    Done { run, summary: read(&summary), outputs }
}

/// The runner's format: `name<<END`, lines, `END`.
fn parse(text: &str) -> BTreeMap<String, String> {
    let (mut found, mut lines) = (BTreeMap::new(), text.lines());
    while let Some(line) = lines.next() {
        // Not even an empty line may stand between values: not every runner takes that.
        let (name, end) = line.split_once("<<").unwrap_or_else(|| panic!("{line:?} in\n{text}"));
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        found.insert(name.to_owned(), value.join("\n"));
    }
    found
}

/// Commands that the runner would take from a log.
fn commands(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.trim_start().starts_with("::")).collect()
}

#[test]
fn a_run_leaves_its_reports_and_numbers() {
    let repo = Repo::new();
    let Done { run, summary, outputs } = step(&repo, &["iterate", "-n", "3"]);
    assert_eq!(run.code, 0, "{run:#?}");
    let records = repo.records();
    let last = records.last().unwrap();
    assert!(summary.starts_with("before\n## sprag: iterations 0 to 3\n"), "{summary}");
    for record in &records {
        let title = format!(
            "### Iteration {}: {}",
            record["iteration"],
            record["verdict"].as_str().unwrap()
        );
        assert!(summary.contains(&title), "{title}\n{summary}");
    }
    assert!(summary.contains("```mermaid"), "{summary}");
    let get = |name: &str| outputs[name].as_str();
    assert_eq!((get("iteration"), get("iterations")), ("3", "4"));
    assert_eq!(get("verdict"), last["verdict"].as_str().unwrap());
    assert_eq!(get("score").parse::<f64>().ok(), last["score"].as_f64());
    assert_eq!((get("label"), get("stopped")), ("search", ""));
    let groups = commands(&run.stderr);
    let opened = groups.iter().filter(|line| line.starts_with("::group::")).count();
    let closed = groups.iter().filter(|line| **line == "::endgroup::").count();
    assert_eq!((opened, closed), (3, 3), "{groups:?}");
}

#[test]
fn nothing_of_it_happens_elsewhere_or_in_quiet() {
    let repo = Repo::new();
    let plain = repo.sprag(&["iterate", "-n", "1"]);
    assert_eq!(commands(&plain.stderr), Vec::<&str>::new());
    let quiet = step(&repo, &["iterate", "-n", "1", "-q"]);
    assert_eq!(commands(&quiet.run.stderr), Vec::<&str>::new());
    assert!(quiet.summary.contains("### Iteration 2"), "the summary is no log");
}

#[test]
fn a_dry_run_says_what_it_would_have_recorded() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1", "-q"]).ok();
    let done = step(&repo, &["iterate", "-n", "2", "--dry-run"]);
    assert_eq!(done.run.code, 0, "{:#?}", done.run);
    assert!(done.summary.contains("(dry run: nothing is recorded)"), "{}", done.summary);
    assert!(done.summary.contains("### Iteration 3"), "{}", done.summary);
    assert_eq!(repo.records().len(), 2);
}

#[test]
fn a_run_that_stops_or_has_nothing_to_do_says_so() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1", "-q"]).ok();
    let done = step(&repo, &["iterate", "-n", "5", "--set", "budget.trials=1"]);
    assert_eq!(done.run.code, 0, "{:#?}", done.run);
    assert!(done.summary.contains("## sprag: no iteration was due"), "{}", done.summary);
    assert!(done.outputs["stopped"].contains("budget"), "{:?}", done.outputs);
    let warnings = commands(&done.run.stderr);
    assert!(warnings[0].starts_with("::warning title=sprag stops::"), "{warnings:?}");
}

#[test]
fn failures_are_annotations_of_one_line() {
    let repo = Repo::new();
    repo.edit("program.md", "min_trades = 5", "min_trades = -5");
    let done = step(&repo, &["iterate"]);
    assert_eq!(done.run.code, 2);
    let [error] = &commands(&done.run.stderr)[..] else { panic!("{:#?}", done.run) };
    assert!(error.starts_with("::error title=sprag%3A usage or configuration::"), "{error}");
    assert!(error.contains("%0A"), "the diagnostic has lines: {error}");
}

/// A model that can't be reached is transient: the next run continues.
#[test]
fn what_the_next_run_continues_is_a_warning() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1", "-q"]).ok();
    let program = repo.read("program.md")
        + "\n```toml\n[proposer]\nkind = \"llm\"\n[llm]\nbase_url = \"http://127.0.0.1:9/v1\"\nkey_env = \"\"\n\
           models = [\"m\"]\nattempts = 1\n```\n";
    repo.write("program.md", &program);
    repo.commit_all("Ask a model");
    let done = step(&repo, &["iterate"]);
    assert_eq!(done.run.code, 75, "{:#?}", done.run);
    let warnings = commands(&done.run.stderr);
    assert!(
        warnings
            .iter()
            .any(|line| line.starts_with("::warning title=sprag%3A a transient failure")),
        "{warnings:?}"
    );
    assert!(done.outputs["error"].contains("can't be reached"), "{:?}", done.outputs);
    assert!(done.summary.contains("The run failed:"), "{}", done.summary);
}

/// A fork has no secrets: the search steps in, with a notice.
#[test]
fn a_key_that_is_not_there_is_a_notice_once() {
    let repo = Repo::new();
    let program = repo.read("program.md")
        + "\n```toml\n[proposer]\nkind = \"llm\"\n[llm]\nkey_env = \"NO_SUCH_KEY\"\n\
           models = [\"m\"]\n```\n";
    repo.write("program.md", &program);
    repo.commit_all("Ask a model");
    let done = step(&repo, &["iterate", "-n", "3"]);
    assert_eq!(done.run.code, 0, "{:#?}", done.run);
    let found = commands(&done.run.stderr);
    let notices = found.iter().filter(|line| line.contains("NO_SUCH_KEY")).count();
    assert_eq!(notices, 1, "{found:?}");
    // At a desk a key that was forgotten is a mistake.
    assert!(repo.sprag(&["iterate"]).failed(2).contains("NO_SUCH_KEY"));
}

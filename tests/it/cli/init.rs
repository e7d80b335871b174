//! From an empty repository to the first iterations.

use super::Repo;
use super::harness::{Run, fixture, read, sprag_in};

#[test]
fn init_makes_a_repository_that_iterates() {
    let repo = Repo::bare();
    let said = repo.sprag(&["init"]).ok();
    for file in ["program.md", "state/strategy.toml"] {
        assert!(repo.path(file).exists() && said.contains(file), "{said}");
    }
    assert!(said.contains("data/"), "the next steps name what is missing: {said}");
    let message = repo.sprag(&["iterate"]).failed(2);
    assert!(message.contains("data"), "{message}");
    repo.write("data/WAVE.csv", &read(&fixture("WAVE.csv")));
    repo.sprag(&["data", "check"]).ok();
    repo.sprag(&["check"]).ok();
    repo.sprag(&["fmt", "--check"]).ok();
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--message", "Start research"]);
    repo.sprag(&["iterate", "-n", "2"]).ok();
    repo.assert_settled();
}

/// Who goes straight on without a commit loses nothing either: the baseline takes the strategy in.
#[test]
fn a_repository_without_a_commit_starts_too() {
    let repo = Repo::bare();
    repo.sprag(&["init"]).ok();
    repo.write("data/WAVE.csv", &read(&fixture("WAVE.csv")));
    repo.sprag(&["iterate", "-n", "2"]).ok();
    assert_eq!(repo.records().len(), 3);
    let first = repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let files = repo.git(&["show", "--name-only", "--format=", first.trim()]);
    assert!(files.contains("state/strategy.toml"), "{files}");
    assert!(repo.dirt().contains("?? program.md"), "the rest is the person's to commit");
}

#[test]
fn init_keeps_what_is_there() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    let (program, strategy) = (repo.read("program.md"), repo.read("state/strategy.toml"));
    let said = repo.sprag(&["init"]).ok();
    assert!(said.contains("kept    program.md"), "{said}");
    assert_eq!((repo.read("program.md"), repo.read("state/strategy.toml")), (program, strategy));
    repo.sprag(&["iterate", "-n", "1"]).ok();
    assert_eq!(repo.records().len(), 3);
}

#[test]
fn init_needs_a_repository() {
    let folder = tempfile::tempdir().unwrap();
    let run = Run::of(sprag_in(folder.path(), &["init"]).output().unwrap());
    assert!(run.failed(2).contains("git"));
    assert!(!folder.path().join("program.md").exists());
}

#[test]
fn the_program_that_init_writes_is_all_defaults_but_what_it_says() {
    let repo = Repo::bare();
    repo.sprag(&["init"]).ok();
    let program = sprag::program::Program::parse(&repo.read("program.md"), "program.md").unwrap();
    assert!(program.prose.contains("Find one set of rules"));
    assert!(program.settings.costs.slippage_bps > 0.0, "a new program pays for its trades");
}

#[test]
fn init_writes_a_workflow_that_names_its_action() {
    let repo = Repo::bare();
    let action = format!("someone/sprag@{}", "0a".repeat(20));
    let said = repo.sprag(&["init", "--github", "--action", &action]).ok();
    assert!(said.contains("wrote   .github/workflows/sprag.yml"), "{said}");
    assert!(said.contains("Settings > Actions > General"), "{said}");
    let workflow = repo.read(".github/workflows/sprag.yml");
    assert!(workflow.contains(&format!("uses: {action}\n")), "{workflow}");
    assert!(workflow.contains("permissions: {}\n"), "{workflow}");
    // A second time nothing is overwritten.
    repo.write(".github/workflows/sprag.yml", "name: mine\n");
    let said = repo.sprag(&["init", "--github", "--action", &action]).ok();
    assert!(said.contains("kept    .github/workflows/sprag.yml"), "{said}");
    assert_eq!(repo.read(".github/workflows/sprag.yml"), "name: mine\n");
}

#[test]
fn an_action_that_is_none_writes_nothing() {
    let repo = Repo::bare();
    let message = repo.sprag(&["init", "--github"]).failed(2);
    assert!(message.contains("--action OWNER/REPOSITORY@COMMIT"), "{message}");
    for action in ["sprag", "a/b", "a/b@c d", "a/b@c\n    env: x", "a/b/c@d", "@"] {
        let message = repo.sprag(&["init", "--github", "--action", action]).failed(2);
        assert!(message.contains("is not an action"), "{message}");
    }
    assert!(!repo.path("program.md").exists() && !repo.path(".github").exists());
}

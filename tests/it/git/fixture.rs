//! A temporary repository, and the loop in a process of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sprag::adapters::git::GitRepository;
use tempfile::TempDir;

use crate::reconcile::driver::Driver;

/// A git repository with an identity and nothing of this machine's configuration.
pub struct Repo {
    folder: TempDir,
}

impl Repo {
    pub fn new() -> Self {
        let repo = Self { folder: tempfile::tempdir().unwrap() };
        repo.git(&["init", "-q", "-b", "main"]);
        repo.git(&["config", "user.name", "Ann"]);
        repo.git(&["config", "user.email", "ann@example.com"]);
        repo
    }

    /// With one commit: a strategy, the ignore file and something unrelated.
    pub fn with_strategy(text: &str) -> Self {
        let repo = Self::new();
        repo.write("state/strategy.toml", text);
        repo.write("state/.gitignore", include_str!("../../../state/.gitignore"));
        repo.write("README.md", "hello\n");
        repo.git(&["add", "."]);
        repo.git(&["commit", "-qm", "start"]);
        repo
    }

    pub fn open(&self) -> GitRepository {
        GitRepository::open(self.folder.path()).unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[cfg(unix)]
    pub fn script(&self, name: &str, body: &str) {
        script(&self.path(name), body);
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(args).current_dir(self.folder.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                command.env_remove(name);
            }
        }
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        // Fixed, so that equal work gives equal ids.
        let date = "2024-01-01T00:00:00Z";
        command.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
        command
    }

    pub fn git(&self, args: &[&str]) -> String {
        self.try_git(args).unwrap_or_else(|stderr| panic!("git {args:?}: {stderr}"))
    }

    pub fn try_git(&self, args: &[&str]) -> Result<String, String> {
        let output = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim_end().to_owned();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }
}

#[cfg(unix)]
pub fn script(path: &Path, body: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{body}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The loop up to `iterations` records, in a process of its own with these variables.
pub fn child(repo: &Repo, iterations: u64, env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "git::fixture::the_loop_in_a_process_of_its_own", "--ignored"])
        .env("SPRAG_TEST_ROOT", repo.folder.path())
        .env("SPRAG_TEST_ITERATIONS", iterations.to_string())
        .envs(env.iter().copied());
    command
}

pub fn run_in_child(repo: &Repo, iterations: u64, env: &[(&str, &str)]) {
    let output = child(repo, iterations, env).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
#[ignore = "other tests run it as a process of its own, to give it an environment or to kill it"]
fn the_loop_in_a_process_of_its_own() {
    let root = std::env::var_os("SPRAG_TEST_ROOT").expect("started by hand?");
    let iterations = std::env::var("SPRAG_TEST_ITERATIONS").unwrap().parse().unwrap();
    let driver = Driver { segment_bytes: 4000, ..Driver::default() };
    let repository = GitRepository::open(Path::new(&root)).unwrap();
    driver.run_to(&repository, iterations).unwrap();
}

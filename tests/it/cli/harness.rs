//! A research repository in a temporary folder and the real binary to run in it, with an environment in
//! which nothing of the machine's own shows.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a process left behind.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(output: Output) -> Self {
        Self {
            // A process that a signal ended has no code.
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The result of a run that must have gone well.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:#?}");
        self.stdout
    }

    #[track_caller]
    pub fn json(self) -> Value {
        let stdout = self.ok();
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
    }

    /// The message of a run that must have failed with `code` and without a result.
    #[track_caller]
    pub fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:#?}");
        assert_eq!(self.stdout, "", "a failure has no result");
        // Progress may come before it.
        assert!(self.stderr.lines().any(|line| line.starts_with("error")), "{self:#?}");
        self.stderr
    }
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cli").join(name)
}

fn clean(command: &mut Command, home: &Path) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Coverage tools say by this where the binary is to leave its counts.
    let profile = std::env::var_os("LLVM_PROFILE_FILE");
    command.env_clear().env("PATH", path).env("HOME", home).env("GIT_CONFIG_NOSYSTEM", "1");
    command.envs(profile.map(|file| ("LLVM_PROFILE_FILE", file)));
}

/// The binary in a folder, for commands that need no repository.
pub fn sprag_in(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sprag"));
    clean(&mut command, folder);
    command.current_dir(folder).args(args).stdin(Stdio::null());
    command
}

pub struct Repo {
    // Held so that the folder lives as long as the repository.
    _folder: TempDir,
    pub root: PathBuf,
    home: PathBuf,
}

/// A program whose gates let small improvements through, so that a few iterations accept something.
const PROGRAM: &str = "# Research\n\nFind something small that lasts.\n\n```toml\n[gates]\nmin_delta = 0.02\n\
                       min_trades = 5\nmin_trades_per_fold = 0\nmax_drawdown = 0.9\ncomplexity = 0\n\
                       benchmark = false\ncost_stress = 0\nplateau = 0\n\n[costs]\nfee_bps = 1.0\n```\n";

impl Repo {
    /// A git repository with nothing in it.
    pub fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The temporary folder may itself be reached by a link, and paths in messages shouldn't differ.
        let home = folder.path().canonicalize().unwrap();
        let root = home.join("research");
        fs::create_dir(&root).unwrap();
        let repo = Self { _folder: folder, root, home };
        repo.git(&["init", "--quiet", "--initial-branch=main"]);
        repo.git(&["config", "user.name", "A Person"]);
        repo.git(&["config", "user.email", "person@example.org"]);
        repo
    }

    /// A repository with a program, a strategy and a market, committed.
    pub fn new() -> Self {
        let repo = Self::bare();
        repo.fill("");
        repo.commit_all("start");
        repo
    }

    /// Writes program, strategy and data below a folder of the repository.
    pub fn fill(&self, folder: &str) {
        let at = |name: &str| format!("{folder}{name}");
        self.write(&at("program.md"), PROGRAM);
        self.write(&at("data/WAVE.csv"), &read(&fixture("WAVE.csv")));
        self.write(&at("state/strategy.toml"), &read(&fixture("strategy.toml")));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        read(&self.path(name))
    }

    /// Replaces text in a file, which must be there.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}:\n{text}");
        self.write(name, &text.replacen(from, to, 1));
    }

    pub fn commit_all(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = sprag_in(&self.root, args);
        command.env("HOME", &self.home);
        command
    }

    pub fn sprag(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).output().unwrap())
    }

    /// Runs with something on standard input.
    pub fn sprag_with(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    }

    /// Starts a run whose output is read later.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        let mut command = Command::new("git");
        clean(&mut command, &self.home);
        let output = command.arg("-C").arg(&self.root).args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Everything that differs from HEAD, untracked files included.
    pub fn dirt(&self) -> String {
        self.git(&["status", "--porcelain"])
    }

    pub fn status(&self) -> Value {
        self.sprag(&["status", "--json"]).json()
    }

    /// Records at HEAD, as JSON.
    pub fn records(&self) -> Vec<Value> {
        let history = self.git(&["show", "HEAD:state/history.json"]);
        serde_json::from_str(&history).unwrap()
    }

    /// The invariants of a settled repository: numbers without gaps, one commit for each, everything
    /// in its place, nothing half-done.
    #[track_caller]
    pub fn assert_settled(&self) {
        let records = self.records();
        for (number, record) in records.iter().enumerate() {
            assert_eq!(record["iteration"], number, "{record}");
        }
        let log =
            self.git(&["log", "--reverse", "--format=%(trailers:key=Sprag-Iteration,valueonly)"]);
        let committed: Vec<usize> =
            log.lines().filter(|line| !line.is_empty()).map(|line| line.parse().unwrap()).collect();
        assert_eq!(committed, (0..records.len()).collect::<Vec<_>>(), "one commit per iteration");
        let status = self.status();
        assert_eq!(status["iteration"], records.len() - 1);
        let trials = records.iter().filter_map(|record| record["trial"].as_u64()).max();
        assert_eq!(status["trials"].as_u64(), trials);
        assert_eq!(self.dirt(), "");
        assert!(!self.path("state/journal.json").exists(), "a journal is left");
        self.git(&["fsck", "--strict", "--no-dangling"]);
    }
}

pub fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

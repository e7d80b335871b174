//! The real binary as a workflow runs it, against the GitHub of the tests.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::fake::{GitHub, TOKEN, World};
use crate::cli::harness::{Repo, Run};

pub const NAME: &str = "octo/research";

/// A GitHub with research on it, and a checkout of that.
pub struct Bench {
    pub github: GitHub,
    pub repo: Repo,
    pub branch: String,
}

impl Bench {
    /// Research that has just been pushed: no record yet.
    pub fn new() -> Self {
        Self::on_branch("main")
    }

    pub fn on_branch(branch: &str) -> Self {
        let (github, repo) = (GitHub::new(NAME), Repo::new());
        github.repository(|repository| {
            repository.default_branch = branch.into();
            repository.push_from(&repo.root, branch);
        });
        Self { github, repo, branch: branch.into() }
    }

    /// The same research with its baseline recorded.
    pub fn started() -> Self {
        let bench = Self::new();
        bench.iterate("0").ok();
        bench.github.forget();
        bench
    }

    /// Another GitHub as this one was at some moment, freshly checked out.
    pub fn of(world: World) -> Self {
        let (github, repo) = (GitHub::with(world), Repo::bare());
        let bench = Self { github, repo, branch: "main".into() };
        bench.check_out();
        bench
    }

    pub fn world(&self) -> World {
        self.github.world(|world| world.clone())
    }

    /// What `actions/checkout` does at the start of each run.
    pub fn check_out(&self) {
        self.github.repository(|repository| repository.check_out_to(&self.repo.root, &self.branch));
    }

    /// The binary in a step of a workflow on the branch.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.repo.command(args);
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_API_URL", self.github.url())
            .env("GITHUB_GRAPHQL_URL", format!("{}/graphql", self.github.url()))
            .env("GITHUB_REPOSITORY", NAME)
            .env("GITHUB_REF", format!("refs/heads/{}", self.branch))
            .env("GITHUB_TOKEN", TOKEN);
        command
    }

    pub fn sprag(&self, args: &[&str]) -> Run {
        Run::of(self.command(args).output().unwrap())
    }

    pub fn iterate(&self, iterations: &str) -> Run {
        self.sprag(&["iterate", "-n", iterations])
    }

    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub fn records(&self) -> Vec<Value> {
        let history = self
            .github
            .repository(|repository| repository.text(&self.branch, "state/history.json"));
        history.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default()
    }

    /// Checks out anew and goes on until there are so many records: what the next scheduled runs do.
    pub fn finish(&self, records: usize) {
        self.check_out();
        self.iterate("0").ok();
        let missing = records - self.records().len().min(records);
        if missing > 0 {
            self.iterate(&missing.to_string()).ok();
        }
    }

    /// What has to hold of every repository at rest.
    #[track_caller]
    pub fn assert_settled(&self) {
        let records = self.records();
        for (number, record) in records.iter().enumerate() {
            assert_eq!(record["iteration"], number, "{record}");
        }
        let mut tried: Vec<_> = records
            .iter()
            .filter(|record| matches!(record["verdict"].as_str(), Some("accepted" | "rejected")))
            .map(|record| record["candidate"].clone().to_string())
            .collect();
        let all = tried.len();
        tried.sort();
        tried.dedup();
        assert_eq!(tried.len(), all, "a candidate was recorded twice: {records:#?}");
        self.github.repository(|repository| {
            let log = repository.log(&self.branch);
            let trailers = log.iter().rev().flat_map(|(_, commit)| {
                let lines = commit.message.lines().map(str::to_owned).collect::<Vec<_>>();
                lines.into_iter().filter_map(|line| {
                    line.strip_prefix("Sprag-Iteration: ").and_then(|number| number.parse().ok())
                })
            });
            let committed: Vec<usize> = trailers.collect();
            assert_eq!(committed, (0..records.len()).collect::<Vec<_>>(), "one commit each");
            let branches: Vec<_> = repository.refs.keys().cloned().collect();
            assert_eq!(branches, [format!("refs/heads/{}", self.branch)], "a branch is left");
            assert!(log.iter().all(|(_, commit)| commit.parents.len() < 2), "a linear history");
        });
        // A clone at a desk reads it, which holds status, history and ledger against each other.
        let desk = Repo::bare();
        self.github.repository(|repository| repository.check_out_to(&desk.root, &self.branch));
        assert_eq!(desk.status()["iteration"], records.len() - 1);
        desk.git(&["fsck", "--strict", "--no-dangling"]);
    }
}

/// All of a record but its times.
pub fn timeless(record: &Value) -> Value {
    let mut record = record.clone();
    for key in ["started", "finished", "timing_ms"] {
        record.as_object_mut().unwrap().remove(key);
    }
    record
}

#[track_caller]
pub fn assert_same_end(bench: &Bench, calm: &Bench) {
    let (found, expected) = (bench.records(), calm.records());
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(timeless(found), timeless(expected));
    }
    let strategy = |bench: &Bench| {
        bench.github.repository(|repository| repository.text("main", "state/strategy.toml"))
    };
    assert_eq!(strategy(bench), strategy(calm));
}

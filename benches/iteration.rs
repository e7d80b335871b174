//! Where the time of an iteration goes: the shipped program from proposal to commit, in a scratch
//! repository, with git's part measured apart.
//!
//! `cargo bench --bench iteration [-- ITERATIONS]`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench prints, and ends where it can't go on"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sprag::adapters::data_files::load_market;
use sprag::adapters::git::GitRepository;
use sprag::adapters::offline_search::OfflineSearch;
use sprag::adapters::system_clock::SystemClock;
use sprag::backtest::{self, whole};
use sprag::check;
use sprag::evaluation::Arena;
use sprag::iteration::{self, Orders};
use sprag::ports::{
    CommitOutcome, CommitPlan, Event, Lock, Ports, Progress, Repository, RepositoryError, Snapshot,
};
use sprag::program::Program;
use sprag::state::{FileIntent, StatePath, Verdict};

fn main() {
    let iterations = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(100);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program =
        Program::from_bytes(&fs::read(root.join("program.md")).unwrap(), "program.md").unwrap();
    let market = load_market(root, &program.settings.market, None).unwrap().market;
    let arena = Arena::new(&program, &market).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    prepare(root, scratch.path());

    let repository =
        Timed { inner: GitRepository::open(scratch.path()).unwrap(), spent: Cell::default() };
    let started = Instant::now();
    let cpu_before = cpu();
    let outcome = iteration::run(
        &mut Ports {
            repository: &repository,
            forge: None,
            clock: &SystemClock,
            proposer: &mut OfflineSearch::new(
                program.settings.proposer.seed,
                program.settings.proposer.drafts as usize,
            ),
            progress: &mut Silent,
            stop: &|| None,
        },
        &arena,
        &Orders { iterations, ..Orders::default() },
    )
    .unwrap();
    let (wall, cpu) = (started.elapsed(), cpu() - cpu_before);

    let records = &outcome.records;
    let per = |duration: Duration| duration.as_secs_f64() * 1e3 / records.len() as f64;
    let (git, other) = (repository.spent.get(), wall - repository.spent.get());
    println!(
        "{} iterations of the shipped program, {} symbols",
        records.len(),
        market.symbols().len()
    );
    println!("  wall            {:9.2} ms each, {:.1} s in all", per(wall), wall.as_secs_f64());
    println!(
        "  in git          {:9.2} ms each ({:.0} %)",
        per(git),
        100.0 * git.as_secs_f64() / wall.as_secs_f64()
    );
    println!("  outside git     {:9.2} ms each (target: under 50)", per(other));
    println!("  own CPU time    {:9.2} ms each, all threads", per(cpu));
    for (phase, ms) in phases(records) {
        println!("    {phase:<12} {:9.3} ms each", ms / records.len() as f64);
    }
    for verdict in Verdict::ALL {
        let n = records.iter().filter(|record| record.verdict == verdict).count();
        if n > 0 {
            println!("  {:<15} {n:6}", sprag::publish::name(verdict));
        }
    }
    throughput(&arena, root);
}

/// Bars per second of the incumbent's backtest, and what a second thread brings.
fn throughput(arena: &Arena<'_>, root: &Path) {
    let text = fs::read_to_string(root.join("state/strategy.toml")).unwrap();
    let candidate = check::read("state/strategy.toml", &text).unwrap();
    let market = arena.market();
    let settings = &arena.program().settings;
    let bars: usize = market.symbols().iter().map(|bars| bars.len()).sum();
    let folds = [whole(market.timeline())];
    let run = || {
        let result =
            backtest::run(&candidate.compiled, market, &folds, &settings.backtest, &settings.costs);
        std::hint::black_box(result);
    };
    let time = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            run();
            let rounds = 50;
            let started = Instant::now();
            (0..rounds).for_each(|_| run());
            started.elapsed().as_secs_f64() / f64::from(rounds)
        })
    };
    let (one, two) = (time(1), time(2));
    println!("backtest of the shipped strategy, {bars} bars");
    println!(
        "  1 thread        {:9.3} ms, {:.1} million bars/s",
        one * 1e3,
        bars as f64 / one / 1e6
    );
    println!("  2 threads       {:9.3} ms, {:.2} x faster", two * 1e3, one / two);
}

fn phases(records: &[Arc<sprag::state::Record>]) -> BTreeMap<&str, f64> {
    let mut sums = BTreeMap::new();
    for record in records {
        for (phase, ms) in &record.timing_ms {
            *sums.entry(phase.as_str()).or_default() += ms;
        }
    }
    sums
}

/// The shipped program, data and strategy in a repository of their own.
fn prepare(root: &Path, scratch: &Path) {
    for folder in ["data", "state"] {
        fs::create_dir_all(scratch.join(folder)).unwrap();
    }
    for file in ["program.md", "state/strategy.toml"] {
        fs::copy(root.join(file), scratch.join(file)).unwrap();
    }
    for entry in fs::read_dir(root.join("data")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), scratch.join("data").join(entry.file_name())).unwrap();
    }
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
        let status = Command::new("git").arg("-C").arg(scratch).args(identity).args(args).status();
        assert!(status.unwrap().success(), "git {args:?}");
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message=start"]);
}

/// CPU time of this process, without that of the gits it started.
fn cpu() -> Duration {
    let usage = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(usage.tv_sec as u64, usage.tv_nsec as u32)
}

struct Silent;

impl Progress for Silent {
    fn event(&mut self, _: &Event<'_>) {}
}

/// A repository that adds up the time spent in it.
struct Timed {
    inner: GitRepository,
    spent: Cell<Duration>,
}

impl Timed {
    fn time<T>(&self, call: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = call();
        self.spent.set(self.spent.get() + started.elapsed());
        result
    }
}

impl Repository for Timed {
    fn lock(&self) -> Result<Lock, RepositoryError> {
        self.time(|| self.inner.lock())
    }

    fn observe(&self) -> Result<Snapshot, RepositoryError> {
        self.time(|| self.inner.observe())
    }

    fn commit(&self, lock: &Lock, plan: &CommitPlan<'_>) -> Result<CommitOutcome, RepositoryError> {
        self.time(|| self.inner.commit(lock, plan))
    }

    fn check_out(
        &self,
        lock: &Lock,
        files: &[FileIntent],
    ) -> Result<Vec<StatePath>, RepositoryError> {
        self.time(|| self.inner.check_out(lock, files))
    }

    fn write_journal(&self, lock: &Lock, text: &str) -> Result<(), RepositoryError> {
        self.time(|| self.inner.write_journal(lock, text))
    }

    fn clear_journal(&self, lock: &Lock) -> Result<(), RepositoryError> {
        self.time(|| self.inner.clear_journal(lock))
    }

    fn tidy(&self, lock: &Lock) -> Result<(), RepositoryError> {
        self.time(|| self.inner.tidy(lock))
    }
}

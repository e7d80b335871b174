//! `kill -9` of a real run on a real repository, at many moments.

use std::thread::sleep;
use std::time::{Duration, Instant};

use sprag::state::{State, Verdict};

use super::fixture::{Repo, child, run_in_child};
use super::{Driver, GitRepository, Repository, STRATEGY};
use crate::reconcile::driver::Stop;
use sprag::ports::RepositoryError;

/// A git that the killed run had started goes on for a moment; the next run may find its lock.
fn run_to(git: &GitRepository, iterations: u64) -> State {
    let driver = Driver { segment_bytes: 4000, ..Driver::default() };
    let start = Instant::now();
    loop {
        match driver.run_to(git, iterations) {
            Err(Stop::Repository(RepositoryError::Busy { .. }) | Stop::Moved)
                if start.elapsed() < Duration::from_secs(20) =>
            {
                sleep(Duration::from_millis(20));
            }
            result => return result.unwrap(),
        }
    }
}

#[test]
fn killed_again_and_again_it_loses_nothing_and_finishes() {
    let repo = Repo::with_strategy(STRATEGY);
    repo.write("README.md", "dirty\n");
    // The kills fall into the first iterations of a run however fast this machine is just now.
    let start = Instant::now();
    run_in_child(&repo, 2, &[]);
    let pace = start.elapsed();
    let mut lines: Vec<String> = Vec::new();
    let mut killed = 0;
    for round in 0..40_u32 {
        let mut running =
            child(&repo, 1000, &[]).stdout(std::process::Stdio::null()).spawn().unwrap();
        sleep(pace.mul_f64(0.2 + f64::from((round * 37) % 150) / 100.0));
        running.kill().unwrap();
        killed += usize::from(running.wait().unwrap().code().is_none());
        let state = State::read(&repo.open().observe().unwrap().files).unwrap();
        let now: Vec<_> =
            state.history().records().iter().map(|record| record.to_line().unwrap()).collect();
        assert_eq!(now[..lines.len()], lines, "an older record changed");
        lines = now;
    }
    assert!(killed >= 35, "only {killed} of 40 were killed at work");
    let git = repo.open();
    let state = run_to(&git, 0);
    assert!(Driver::default().pending(&git).unwrap().is_empty());
    let state = run_to(&git, state.next_iteration() + 2);
    let recorded = state.history().records();
    assert!(
        recorded.len() > 10,
        "only {} records: it was killed before it could work",
        recorded.len()
    );
    assert!(recorded.iter().all(|record| record.verdict != Verdict::Abandoned));
    assert_eq!(repo.git(&["status", "--porcelain"]), " M README.md");
    repo.git(&["fsck", "--strict"]);
    let commits = repo.git(&["rev-list", "--count", "HEAD"]);
    assert_eq!(commits, (recorded.len() + 1).to_string(), "one commit per iteration");
}

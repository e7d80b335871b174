//! `kill -9` at any moment, again and again: nothing is lost, doubled or left half-done, and the research
//! ends where it would have ended undisturbed.
#![cfg(unix)]

use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;

use super::Repo;

const KILLS: u64 = 60;

/// Evenly spread numbers in [0, 1) that look random, the same each time.
fn spread(i: u64) -> f64 {
    (i as f64 * 0.618_033_988_749_894_9).fract()
}

/// What must be the same however often the runs were killed: all but times.
fn timeless(record: &Value) -> Value {
    let mut record = record.clone();
    for key in ["started", "finished", "timing_ms"] {
        record.as_object_mut().unwrap().remove(key);
    }
    record
}

/// Runs until a kill after `wait`; says whether the run had ended by itself before.
fn run_and_kill(repo: &Repo, wait: Duration, whole_group: bool) -> Option<i32> {
    let mut command = repo.command(&["iterate", "-n", "200"]);
    // A group of its own, so that git can be killed along with it.
    command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    std::thread::sleep(wait);
    let pid = Pid::from_child(&child);
    let ended = child.try_wait().unwrap();
    if ended.is_none() {
        if whole_group {
            kill_process_group(pid, Signal::KILL).unwrap();
        } else {
            kill_process(pid, Signal::KILL).unwrap();
        }
        child.wait().unwrap();
    }
    ended.map(|status| status.code().unwrap_or(-1))
}

#[test]
fn sixty_kills_change_nothing_but_times() {
    let repo = Repo::new();
    // The kills fall into the first iterations of a run however fast this machine is just now.
    let start = Instant::now();
    repo.sprag(&["iterate", "-n", "3"]).ok();
    let pace = start.elapsed();
    let (mut least, mut refused, mut half_done) = (0, 0, 0);
    for i in 0..KILLS {
        let wait = pace.mul_f64(0.02 + 1.2 * spread(i));
        // Alternately everything dies, or only the loop, and a git that it started goes on.
        match run_and_kill(&repo, wait, i % 2 == 0) {
            None => {}
            // A git that outlived its loop may still hold a lock for a moment.
            Some(75) => refused += 1,
            Some(code) => panic!("kill {i}: a run ended by itself with {code}"),
        }
        half_done += u64::from(repo.path("state/journal.json").exists());
        let history = repo.sprag(&["log", "--json"]).json();
        let records = history.as_array().unwrap().len();
        assert!(records >= least, "kill {i}: the history fell from {least} to {records}");
        least = records;
    }
    assert!(half_done > KILLS / 6, "only {half_done} kills hit an iteration");
    assert!(refused < KILLS / 4, "{refused} runs were refused");
    repo.sprag(&["iterate", "-n", "1"]).ok();
    repo.assert_settled();
    let killed = repo.records();
    assert!(killed.len() > 20, "only {} iterations between the kills", killed.len());

    let calm = Repo::new();
    calm.sprag(&["iterate", "-n", &(killed.len() - 1).to_string()]).ok();
    calm.assert_settled();
    let undisturbed = calm.records();
    assert_eq!(undisturbed.len(), killed.len());
    for (killed, undisturbed) in killed.iter().zip(&undisturbed) {
        assert_eq!(timeless(killed), timeless(undisturbed));
    }
    assert_eq!(repo.read("state/strategy.toml"), calm.read("state/strategy.toml"));
    let timeless_status = |repo: &Repo| {
        let mut status = repo.status();
        status.as_object_mut().unwrap().remove("updated");
        status
    };
    assert_eq!(timeless_status(&repo), timeless_status(&calm));
}

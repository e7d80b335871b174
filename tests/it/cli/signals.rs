//! Ctrl-C: once asks for an end after this iteration, twice ends at once. Nothing is lost by either.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Repo;

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Reads stderr until a line starts like this.
fn wait_for(lines: &mut impl Iterator<Item = std::io::Result<String>>, start: &str) {
    let found = lines.any(|line| line.unwrap().starts_with(start));
    assert!(found, "stderr ended without {start:?}");
}

#[test]
fn one_signal_ends_the_run_after_its_iteration() {
    for signal in [Signal::INT, Signal::TERM] {
        let repo = Repo::new();
        let mut command = repo.command(&["iterate", "-n", "100000", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        wait_for(&mut lines, "iteration 2:");
        send(&child, signal);
        wait_for(&mut lines, "interrupted");
        // The rest is read to the end, so that the child never waits for a reader.
        let rest: Vec<String> = lines.map(Result::unwrap).collect();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{rest:?}");
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(result["stopped"].as_str().unwrap().contains("interrupted"), "{result}");
        repo.assert_settled();
        let done = repo.records().len();
        assert_eq!(result["iterations"].as_array().unwrap().len(), done);
        repo.sprag(&["iterate", "-n", "1"]).ok();
        assert_eq!(repo.records().len(), done + 1);
    }
}

/// Makes each git call of one kind slow, so that there is time for a second signal.
fn slow_git(repo: &Repo, kind: &str) -> String {
    let real = std::env::var("PATH").unwrap();
    let script = format!(
        "#!/bin/sh\nPATH='{real}'\ncase \" $* \" in *' {kind} '*) sleep 5;; esac\nexec git \"$@\"\n"
    );
    repo.write("../bin/git", &script);
    let bin = repo.path("../bin");
    std::fs::set_permissions(bin.join("git"), std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{real}", bin.display())
}

#[test]
fn a_second_signal_ends_it_at_once_and_the_next_run_continues() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1"]).ok();
    let path = slow_git(&repo, "commit-tree");
    let mut command = repo.command(&["iterate", "-n", "1"]);
    let mut child =
        command.env("PATH", path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let journal = repo.path("state/journal.json");
    while !std::fs::read_to_string(&journal).is_ok_and(|text| text.contains("recorded")) {
        assert!(Instant::now() < deadline, "no journal");
        std::thread::sleep(Duration::from_millis(5));
    }
    send(&child, Signal::INT);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    wait_for(&mut lines, "interrupted");
    send(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    // It didn't wait for git, or the commit would be there.
    assert_eq!(repo.records().len(), 2);
    // What was proposed is not proposed again: the journal's iteration becomes number 2.
    let journalled = std::fs::read_to_string(&journal).unwrap();
    repo.sprag(&["iterate", "-n", "0"]).ok();
    let records = repo.records();
    assert_eq!(records.len(), 3);
    let hypothesis = records[2]["hypothesis"].as_str().unwrap();
    assert!(journalled.contains(hypothesis), "{journalled}");
    repo.assert_settled();
}

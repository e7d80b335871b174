//! stdout is the result, stderr everything else, and neither surprises a script.

use std::io::Read;
use std::process::Stdio;

use super::Repo;

#[test]
fn progress_goes_to_stderr_and_the_result_to_stdout() {
    let repo = Repo::new();
    let run = repo.sprag(&["iterate", "-n", "2"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("iterations 0 to 2"), "{run:#?}");
    assert!(!run.stdout.contains("iteration 1: "), "{run:#?}");
    assert!(run.stderr.contains("iteration 1: "), "{run:#?}");
    for text in [&run.stdout, &run.stderr] {
        assert!(
            !text.contains('\u{1b}') && !text.contains('\r'),
            "colour without a terminal: {run:#?}"
        );
    }
    let json = repo.sprag(&["iterate", "-n", "1", "--json"]);
    assert!(serde_json::from_str::<serde_json::Value>(&json.stdout).is_ok(), "{json:#?}");
    assert!(json.stderr.contains("iteration 3: "), "{json:#?}");
}

#[test]
fn quiet_leaves_only_the_result() {
    let repo = Repo::new();
    let run = repo.sprag(&["iterate", "-n", "1", "-q"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(!run.stdout.is_empty());
    let run = repo.sprag(&["backtest", "-q"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn errors_leave_stdout_empty() {
    let repo = Repo::bare();
    repo.sprag(&["backtest"]).failed(2);
    repo.sprag(&["iterate", "--iterations", "many"]).failed(2);
    repo.sprag(&["no-such-command"]).failed(2);
}

/// `sprag … | head -1`: a reader that has had enough is no error.
#[test]
fn a_closed_pipe_ends_quietly() {
    let repo = Repo::new();
    let data = repo.path("data/WAVE.csv").display().to_string();
    let mut columns = Vec::new();
    for i in 0..40 {
        columns.push(format!("--columns=c{i}=sma(close, {})", i + 1));
    }
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let args = [&["eval", "--data", &data], &columns[..]].concat();
    assert!(repo.sprag(&args).ok().len() > 200_000, "too little to fill a pipe");
    let mut child =
        repo.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0_u8; 16];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

/// Full disks and other sinks that refuse are told, by code 1.
#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_an_error() {
    let repo = Repo::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = repo.command(&["functions"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: can't write to standard output"), "{stderr}");
}

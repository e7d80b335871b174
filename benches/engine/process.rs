//! What is measured of a process as a whole: its memory, and how soon it has a result.

use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::{jobs, measure};

/// Does what the bench asks its own program for, if it does.
pub fn serve(argument: Option<&str>) -> bool {
    match argument {
        Some("--first-result") => {
            let answers = jobs::walk_forward(&jobs::symbols(), &jobs::folds());
            println!("{} {}", answers.len(), measure::cpu().as_secs_f64());
        }
        Some("--memory-of-j1") => print_peak(|| {
            jobs::single(&jobs::cross((20, 100)), &jobs::minutes(1_000_000));
        }),
        Some("--memory-of-j2") => print_peak(|| {
            jobs::sweep(&jobs::minutes(100_000), &jobs::pairs());
        }),
        _ => return false,
    }
    true
}

/// Megabytes that a call adds to what is resident before it: all data, and all that is done to it.
fn print_peak(call: impl FnOnce()) {
    let before = status("VmRSS:");
    call();
    println!("{}", (status("VmHWM:") - before) / 1e3);
}

/// A line of the process's status, in kilobytes.
fn status(key: &str) -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Numbers that this program prints when it is started anew.
fn ask(argument: &str) -> Vec<f64> {
    let output = Command::new(std::env::current_exe().unwrap()).arg(argument).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// Seconds from the start of a process to its first results of J4: of CPU time and by the clock.
pub fn first_result() -> (f64, f64) {
    let rounds = (0..9).map(|_| {
        let started = Instant::now();
        let cpu = ask("--first-result")[1];
        (cpu, started.elapsed().as_secs_f64())
    });
    let (cpu, wall) = rounds.unzip();
    (measure::median(cpu), measure::median(wall))
}

/// Megabytes that J1 and J2 take with their data; none where the system doesn't say.
pub fn memory() -> Option<(f64, f64)> {
    cfg!(target_os = "linux").then(|| (ask("--memory-of-j1")[0], ask("--memory-of-j2")[0]))
}

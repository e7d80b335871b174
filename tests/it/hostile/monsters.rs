//! Files too large to be kept, made here and given to the real binary with little memory: it refuses them,
//! or does the work, and neither dies nor hangs.
#![cfg(unix)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use sprag::strategy::{MAX_COMPUTATIONS, MAX_LETS, MAX_REMEMBERED_BARS, MAX_STRATEGY_BYTES};
use tempfile::TempDir;

use crate::cli::harness::{Run, fixture, sprag_in};

/// Address space of the process, in KiB. A run on the files below takes a few dozen MB; the rest is what
/// two threads and their allocators reserve and don't use.
const MEMORY_KIB: u32 = 600_000;
/// A hang would last for ever: any bound will do that no loaded machine exceeds.
const MOST_SECONDS: u32 = 300;

/// Runs the binary in a folder with bounded memory.
fn bounded(folder: &Path, args: &[&str]) -> Run {
    let own = sprag_in(folder, args);
    let script = format!("ulimit -v {MEMORY_KIB}; exec timeout {MOST_SECONDS} \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(own.get_program()).args(["--threads", "2"]).args(args);
    for (name, value) in own.get_envs() {
        value.map(|value| command.env(name, value));
    }
    command.env("MALLOC_ARENA_MAX", "2").current_dir(folder).stdin(Stdio::null());
    Run::of(command.output().unwrap())
}

fn folder_with(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const RULES: &str = "[long]\nenter = 'close > open'\nexit = 'close < open'\n";

/// A strategy whose entry uses `count` `[let]`s, each a sum.
fn sums(count: usize, sum: impl Fn(usize) -> String) -> String {
    let all: Vec<String> = (0..count).map(|i| format!("x{i}")).collect();
    let mut text = format!(
        "[long]\nenter = '{} > 0'\nexit = 'false'\n[risk]\nmax_bars = 3\n[let]\n",
        all.join("+")
    );
    for i in 0..count {
        let _ = writeln!(text, "x{i} = '{}'", sum(i));
    }
    text
}

fn each(count: usize, term: impl Fn(usize) -> String) -> String {
    (0..count).map(term).collect::<Vec<String>>().join("+")
}

#[test]
fn strategies_that_ask_for_too_much_are_refused() {
    let deep = |open: &str| format!("{RULES}x = {}\n", open.repeat(55_000 / open.len()));
    let dotted = vec!["a"; 30_000].join(".");
    let monsters = [
        (
            "unknown keys",
            (0..8_000).fold(String::new(), |text, i| text + &format!("a{i}=1\n")),
            "50 are listed",
        ),
        ("arrays in arrays", deep("["), "recurs"),
        ("tables in tables", deep("{a="), "recurs"),
        ("a key of many parts", format!("{RULES}[x]\n{dotted} = 1\n"), "recursion limit"),
        ("a section of many parts", format!("{RULES}[{dotted}]\n"), "recursion limit"),
        (
            "windows",
            sums(120, |i| each(18, |k| format!("percent_rank(close,{})", 20_000 - k - 18 * i))),
            "remembers too much",
        ),
        (
            "look backs",
            sums(120, |i| each(30, |k| format!("close[{}]", 20_000 - k - 30 * i))),
            "remembers too much",
        ),
        (
            "computations",
            sums(60, |i| each(30, |k| format!("{}.{i}5*close", 1_000 + k))),
            "computes too much",
        ),
        (
            "a chain of lets",
            sums(120, |i| each(40, |k| format!("x{}+{k}.{i}", (i + 1) % 120))),
            "nested too deeply through [let]s",
        ),
        ("no section at all", "#".repeat(MAX_STRATEGY_BYTES - 1), "needs [long] or [short]"),
        ("a line that never ends", "x".repeat(100_000_000), "more than 65536 bytes"),
    ];
    for (name, text, part) in monsters {
        let folder = folder_with(&[("s.toml", &text)]);
        let message = bounded(folder.path(), &["check", "s.toml"]).failed(2);
        assert!(message.contains(part), "{name}: {}", &message[..message.len().min(2_000)]);
        assert!(message.len() < 200_000, "{name}: {} bytes of message", message.len());
    }
}

/// At its limits, a strategy runs in the same memory.
#[test]
fn the_largest_strategies_that_are_accepted_run() {
    // Series, sums and the comparison are computations as well.
    let per_let = MAX_COMPUTATIONS / 3 / 100 - 1;
    let nodes = sums(100, |i| each(per_let, |k| format!("{}.{i}*close", 100 + k)));
    let windows = (MAX_REMEMBERED_BARS / 20_000 - 1) as usize;
    let memory = sums(windows.min(MAX_LETS), |i| format!("percent_rank(close,{})", 20_000 - i));
    let symbols: Vec<String> = (0..6).map(|i| format!("S{i}.csv")).collect();
    let data = std::fs::read_to_string(fixture("WAVE.csv")).unwrap();
    for text in [nodes, memory] {
        let folder = folder_with(&[("s.toml", &text)]);
        let mut args = vec!["backtest", "s.toml", "--span", "all", "--json"];
        for symbol in &symbols {
            std::fs::write(folder.path().join(symbol), &data).unwrap();
            args.extend(["--data", symbol]);
        }
        bounded(folder.path(), &args).json();
    }
}

#[test]
fn data_files_that_are_no_data_are_refused() {
    let header = "time,open,high,low,close\n";
    let monsters = [
        ("blank lines", "\n".repeat(20_000_000), "empty"),
        ("columns", format!("{}\n", ",".repeat(60_000)), "the limit is 256"),
        ("a long header", "x,".repeat(5_000_000), "longer than 65536 bytes"),
        ("a long line", format!("{header}{}\n", "1,".repeat(5_000_000)), "longer than 65536 bytes"),
        (
            "a quote that never closes",
            format!("{header}\"{}", "1,".repeat(10_000_000)),
            "longer than 65536 bytes",
        ),
        ("quotes", format!("{header}{}", "\"\"\"\",".repeat(2_000_000)), "longer than 65536 bytes"),
        ("errors", format!("{header}{}", "a,b,c,d,e\n".repeat(1_000_000)), "999900 more errors"),
        ("empty fields", format!("{header}{}", ",,,,\n".repeat(2_000_000)), "more errors"),
    ];
    for (name, text, part) in monsters {
        let folder = folder_with(&[("F.csv", &text)]);
        let run = bounded(folder.path(), &["data", "check", "F.csv"]);
        assert_eq!(run.code, 2, "{name}: {}", run.stderr);
        assert!(
            run.stdout.contains(part),
            "{name}: {}",
            &run.stdout[..run.stdout.len().min(2_000)]
        );
    }
}

/// Nobody waits for four gigabytes to be read: the size is looked at first.
#[test]
fn a_data_file_beyond_the_limit_is_not_even_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("F.csv")).unwrap();
    file.set_len(sprag::market::MAX_FILE_BYTES + 1).unwrap();
    let run = bounded(folder.path(), &["data", "check", "F.csv"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stdout.contains("4294967297 bytes; the limit is 4294967296"), "{}", run.stdout);
}

#[test]
fn programs_that_are_none_are_refused_or_read_as_prose() {
    let blocks = |body: &str, times: usize| format!("```toml\n{body}```\n").repeat(times);
    let monsters = [
        ("a long file", "x".repeat(50_000_000), 2),
        ("brackets", "[".repeat(1_000_000), 0),
        ("quotes in quotes", "> ".repeat(500_000), 0),
        ("lists in lists", "- ".repeat(500_000), 0),
        ("emphasis", "*a ".repeat(340_000), 0),
        ("links", "[a](".repeat(250_000), 0),
        ("html", "<a ".repeat(340_000), 0),
        ("backticks", (1..1_400).fold(String::new(), |text, i| text + &"`".repeat(i) + " "), 0),
        ("blocks", blocks("", 80_000), 0),
        ("unknown settings", blocks("[costs]\na = 1\n", 30_000), 2),
        (
            "lists in a list",
            blocks(&format!("[market]\nsymbols = {}\n", "[".repeat(1_000_000)), 1),
            2,
        ),
        ("a key of many parts", blocks(&format!("{} = 1\n", vec!["a"; 500_000].join(".")), 1), 2),
    ];
    for (name, text, code) in monsters {
        let folder = folder_with(&[("program.md", &text), ("s.toml", RULES)]);
        let run = bounded(folder.path(), &["check", "s.toml"]);
        assert_eq!(run.code, code, "{name}: {}", &run.stderr[..run.stderr.len().min(2_000)]);
        assert!(run.stderr.len() < 200_000, "{name}: {} bytes of message", run.stderr.len());
    }
}

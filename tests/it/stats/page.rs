//! docs/statistics.md against the code: its tables are the code's tables, its examples are run.
//!
//! `UPDATE_DOCS=1 cargo test stats::page` rewrites what is generated.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use sprag::stats::{Figure, returns, trades};

use crate::cli::harness::{Run, sprag_in};

const PAGE: &str = "docs/statistics.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the page says now, and what it should say.
#[track_caller]
fn settle(found: &str, expected: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(PAGE), expected).unwrap();
        return;
    }
    assert_eq!(found, expected, "{PAGE} is not current: UPDATE_DOCS=1 cargo test");
}

fn with_table<S>(page: &str, name: &str, table: &[Figure<S>]) -> String {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->\n"));
    let (before, rest) = page.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    let mut text = format!("{before}{begin}\n| figure | what |\n|---|---|\n");
    for figure in table {
        writeln!(text, "| `{}` | {} |", figure.name, figure.summary).unwrap();
    }
    text + "\n" + &end + after
}

/// The page with the output of every example below it.
fn with_outputs(page: &str) -> (String, usize) {
    let (mut text, mut examples) = (String::new(), 0);
    let mut parts = page.split("```sh\n");
    text += parts.next().unwrap();
    for part in parts {
        let (commands, rest) = part.split_once("```\n").unwrap();
        write!(text, "```sh\n{commands}```\n").unwrap();
        examples += 1;
        let mut output = String::new();
        for command in commands.lines() {
            let words = command.strip_prefix("sprag ").unwrap_or_else(|| panic!("{command}"));
            let words: Vec<&str> = words.split(' ').collect();
            output += &Run::of(sprag_in(root(), &words).output().unwrap()).ok();
        }
        // An example without a block for its output is only run.
        match rest.strip_prefix("\n```text\n") {
            Some(shown) => {
                // An empty block ends where it begins.
                let (_, after) = shown.split_once("```\n").unwrap();
                let output = output.trim_end();
                write!(text, "\n```text\n{output}\n```\n{after}").unwrap();
            }
            None => text += rest,
        }
    }
    (text, examples)
}

/// One after the other: all rewrite the same file.
#[test]
fn its_tables_and_examples_are_what_the_commands_say() {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let expected = with_table(&page, "returns", returns::TABLE);
    let expected = with_table(&expected, "trades", trades::TABLE);
    let (expected, examples) = with_outputs(&expected);
    assert!(examples >= 10, "found only {examples} examples");
    settle(&page, &expected);
}

#[test]
fn every_reason_for_an_undefined_figure_is_explained() {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    // These end a command, or can't come up: the command line has looked at the value before.
    let errors = [
        "no returns",
        "no trades",
        "no lags",
        "fewer than 20 returns",
        "fewer than 20 bars, or no trial that varies",
        "a probability has to be above 0 and below 1",
        "the target isn't above 0",
    ];
    let mut reasons = 0;
    for file in crate::scan::files(&["src/stats", "src/commands/stats"]) {
        for rest in file.text.split("Undefined(\"").skip(1) {
            let (reason, _) = rest.split_once('"').unwrap();
            reasons += 1;
            assert!(
                errors.contains(&reason) || page.contains(&format!("`{reason}`")),
                "not in {PAGE}: {reason}"
            );
        }
    }
    assert!(reasons > 25, "found only {reasons}");
}

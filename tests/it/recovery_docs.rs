//! Cases that docs/recovery.md and docs/github.md name are tests.

use std::fs;

use crate::scan::{self, root};

#[test]
fn every_case_of_recovery_is_a_test() {
    let page = fs::read_to_string(root().join("docs/recovery.md")).unwrap();
    let tests = scan::files(&["tests/it"]);
    let mut named = 0;
    let mut tables = 0;
    let mut is_case = false;
    for line in page.lines() {
        is_case = line.starts_with('|') && (is_case || line.ends_with("| shown by |"));
        tables += usize::from(line.ends_with("| shown by |"));
        if !is_case || line.ends_with("| shown by |") || line.starts_with("|---") {
            continue;
        }
        let cell = line.trim_end_matches('|').rsplit('|').next().unwrap();
        let name = cell.trim().trim_matches('`');
        let is_test = |text: &str| {
            let (before, _) = text.split_once(&format!("\nfn {name}()")).unwrap_or_default();
            before.rsplit("\n\n").next().is_some_and(|attributes| attributes.contains("#[test]"))
        };
        assert!(tests.iter().any(|file| is_test(&file.text)), "{line}\nno test `{name}`");
        named += 1;
    }
    assert!(tables == 2 && named > 20, "{named} cases in {tables} tables");
}

#[test]
fn every_case_on_github_is_a_test_in_both_modes() {
    let page = fs::read_to_string(root().join("docs/github.md")).unwrap();
    let tests = scan::files(&["tests/it"]);
    let of = |names: &[&str]| {
        let is_one = |path: &str| names.iter().any(|name| path.ends_with(&format!("/{name}.rs")));
        tests.iter().filter(|file| is_one(&file.path)).map(|file| &file.text).collect::<Vec<_>>()
    };
    let modes = [
        of(&["github/commits", "github/faults", "github/troubles", "cli/doctor"]),
        of(&["github/pull_requests", "github/review_faults", "github/ledger"]),
    ];
    let table = page.split_once("| shown in mode `pull-request` by |\n").unwrap().1;
    let mut named = 0;
    for line in table.lines().skip(1).take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 4, "{line}");
        for (cell, mode) in cells[2..].iter().zip(&modes) {
            for name in cell.split('`').skip(1).step_by(2) {
                let test = format!("#[test]\nfn {name}()");
                assert!(mode.iter().any(|text| text.contains(&test)), "{line}\nno test {name}");
                named += 1;
            }
        }
    }
    assert!(named >= 24, "{named} tests are named");
}

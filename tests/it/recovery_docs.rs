//! Cases that docs/recovery.md names are tests.

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

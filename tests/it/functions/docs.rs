//! `docs/functions.md` is the table of functions as a page.

use sprag::expr::functions::{reference, rows};

#[test]
fn the_reference_page_is_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/functions.md");
    let page = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == page, "docs/functions.md is stale: run this test with UPDATE_DOCS=1");
}

#[test]
fn the_reference_page_has_every_function_once() {
    let page = reference();
    for row in rows() {
        let heading = format!("\n### `{}`\n", row.signature());
        assert_eq!(page.matches(&heading).count(), 1, "{}", row.name());
        assert!(page.contains(row.summary()) && page.contains(row.example()));
    }
    assert!(!page.contains("\n\n\n") && page.ends_with('\n'));
}

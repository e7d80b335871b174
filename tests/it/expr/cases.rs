//! Cases as data: an expression, and its canonical form and type or the diagnostic in full.
//!
//! A case in `tests/data/expr/cases/*.txt` is
//!
//! ```text
//! === what it shows
//! the expression; {3*x} stands for xxx
//! ---
//! what comes out
//! ```
//!
//! `UPDATE_EXPECT=1 cargo test --test it expr::cases` writes what comes out; read the diff.

use std::fmt::Write as _;
use std::path::PathBuf;

use sprag::expr::{Diagnostic, Graph, Scope, lower, parse};

#[test]
fn printing() {
    check("print.txt");
}

#[test]
fn types_and_constants() {
    check("types.txt");
}

#[test]
fn names_and_arguments() {
    check("names.txt");
}

#[test]
fn syntax() {
    check("syntax.txt");
}

#[test]
fn other_bars() {
    check("reach.txt");
}

#[test]
fn limits() {
    check("limits.txt");
}

/// The parameters and `[let]`s that the cases may use.
fn scope() -> Scope {
    let mut scope = Scope::default();
    scope.param("fast", 20.0);
    scope.param("slow", 100.0);
    for (name, text) in [
        ("trend", "ema(close, fast) > ema(close, slow)"),
        ("bands", "bbands(close, fast, 2)"),
        ("again", "bands"),
        ("hist", "macd(close).hist"),
        ("loop_a", "loop_b + 1"),
        ("loop_b", "loop_a * 2"),
        ("broken", "macd(clse)"),
    ] {
        scope.binding(name, parse(text).unwrap());
    }
    scope
}

/// What the language makes of a text.
fn outcome(text: &str) -> Result<String, Diagnostic> {
    let expr = parse(text)?;
    let mut graph = Graph::default();
    let root = lower(&expr, &scope(), &mut graph)?;
    let value = graph.known(root).map(|value| format!(" = {value}")).unwrap_or_default();
    Ok(format!("{expr}\n{}{value}\n", graph.kind(root).describe()))
}

#[track_caller]
fn check(file: &str) {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests/data/expr/cases", file].iter().collect();
    let written = std::fs::read_to_string(&path).unwrap();
    let mut found = String::new();
    for case in written.split("=== ").skip(1) {
        let (name, rest) = case.split_once('\n').unwrap();
        let (text, _) = rest.split_once("\n---\n").unwrap_or_else(|| panic!("no --- in {name}"));
        let expanded = expand(text);
        let outcome = outcome(&expanded).unwrap_or_else(|diagnostic| {
            format!("{}\n", diagnostic.within("expression", &expanded, 0).render(false))
        });
        let _ = write!(found, "=== {name}\n{text}\n---\n{outcome}\n");
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &found).unwrap();
        return;
    }
    let pairs = written.split("=== ").zip(found.split("=== "));
    for (written, found) in pairs {
        assert_eq!(written, found, "{file} (UPDATE_EXPECT=1 accepts what is right)");
    }
    assert_eq!(written.len(), found.len(), "{file}");
}

/// `{3*x}` becomes `xxx`.
fn expand(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let repeat = after.split_once('}').and_then(|(inner, after)| {
            let (count, what) = inner.split_once('*')?;
            Some((what.repeat(count.parse().ok()?), after))
        });
        match repeat {
            Some((repeated, after)) => {
                out.push_str(&repeated);
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out + rest
}

//! Strategy files: what is refused and how that reads, which ones are the same, their canonical form,
//! and edits that keep everything else as it was.
//!
//! `tests/data/strategy/errors/NAME.toml` is a wrong strategy and `NAME.txt` what is said about it;
//! `format/NAME.toml` and `NAME.out.toml` are a file and its canonical form. `UPDATE_EXPECT=1` rewrites
//! the expected ones.

#[path = "strategy/properties.rs"]
mod properties;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sprag::expr::Diagnostic;
use sprag::strategy::{
    Edit, MAX_LETS, MAX_PARAMS, MAX_STRATEGY_BYTES, Strategy, apply, compile, format,
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/strategy").join(name)
}

/// Cases of a folder: their names and texts.
fn cases(name: &str, ending: &str) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.filter_map(|path| {
        let name = path.file_name()?.to_str()?.strip_suffix(ending)?.to_owned();
        (!name.contains('.')).then(|| (name, fs::read_to_string(path).unwrap()))
    });
    texts.collect()
}

/// Compares with a file, or writes it with UPDATE_EXPECT.
fn expect(path: &Path, found: &str) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(path, found).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert!(found == expected, "{}: if this is right, UPDATE_EXPECT=1\n{found}", path.display());
}

/// A strategy's hash, or everything that is wrong with it.
fn hash(text: &str) -> Result<String, Vec<Diagnostic>> {
    let strategy = Strategy::parse("strategy.toml", text)?;
    compile(&strategy, ("strategy.toml", text)).map(|compiled| compiled.hash.to_string())
}

#[track_caller]
fn hash_of(text: &str) -> String {
    hash(text).unwrap_or_else(|findings| panic!("{}\nin\n{text}", rendered(&findings)))
}

fn rendered(findings: &[Diagnostic]) -> String {
    findings.iter().map(|finding| format!("{finding}\n\n")).collect::<String>().trim_end().into()
}

#[test]
fn what_is_wrong_is_shown_where_it_stands() {
    let cases = cases("errors", ".toml");
    assert!(cases.len() >= 28, "cases are gone");
    for (name, text) in cases {
        let findings = match hash(&text) {
            Ok(hash) => panic!("{name} was taken as {hash}"),
            Err(findings) => findings,
        };
        assert!(findings.iter().all(|finding| finding.source.is_some()), "{name}: no place");
        expect(&folder("errors").join(format!("{name}.txt")), &(rendered(&findings) + "\n"));
    }
}

#[test]
fn limits_are_kept_and_named() {
    let rules = "[long]\nenter = 'close > 1'\nexit = 'close < 1'\n";
    let many = |section: &str, count: usize, value: &str| {
        let lines: String = (0..count).map(|i| format!("x{i} = {value}\n")).collect();
        format!("[{section}]\n{lines}{rules}")
    };
    let padded = |bytes: usize| format!("{rules}#{}", "x".repeat(bytes - rules.len() - 1));
    let nested = |depth: usize| {
        format!(
            "[long]\nenter = '{}close{} > 1'\nexit = 'close < 1'",
            "-(".repeat(depth),
            ")".repeat(depth)
        )
    };
    let long = |terms: usize| {
        format!("[long]\nenter = '{} > 1'\nexit = 'close < 1'", vec!["1"; terms].join("+"))
    };
    let cases = [
        (many("params", MAX_PARAMS, "1"), many("params", MAX_PARAMS + 1, "1"), "[params] has 65"),
        (many("let", MAX_LETS, "'close'"), many("let", MAX_LETS + 1, "'close'"), "[let] has 129"),
        (padded(MAX_STRATEGY_BYTES), padded(MAX_STRATEGY_BYTES + 1), "more than 65536 bytes"),
        (nested(10), nested(200), "nested"),
        (long(300), long(1_200), "1000"),
        (long(300), long(5_000), "4096"),
    ];
    for (fits, exceeds, said) in cases {
        hash_of(&fits);
        let findings = rendered(&hash(&exceeds).unwrap_err());
        assert!(findings.contains(said), "no {said:?} in\n{findings}");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hashes {
    base: String,
    same: Vec<Same>,
    change: Vec<Change>,
}

/// Texts that do the same.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Same {
    about: String,
    texts: Vec<String>,
}

/// A replacement in the base that makes it another strategy.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    from: String,
    to: String,
}

fn hashes() -> Hashes {
    toml_edit::de::from_str(&fs::read_to_string(folder("hashes.toml")).unwrap()).unwrap()
}

#[test]
fn strategies_that_do_the_same_have_one_hash() {
    let hashes = hashes();
    let mut classes: BTreeMap<String, String> = BTreeMap::new();
    for class in hashes.same {
        assert!(class.texts.len() > 1, "{}: nothing to compare", class.about);
        let first = hash_of(&class.texts[0]);
        for text in &class.texts[1..] {
            assert_eq!(hash_of(text), first, "{}\n{}\nand\n{text}", class.about, class.texts[0]);
        }
        if let Some(other) = classes.insert(first, class.about.clone()) {
            panic!("{:?} and {other:?} are different strategies with one hash", class.about);
        }
    }
}

#[test]
fn every_change_of_what_is_done_changes_the_hash() {
    let hashes = hashes();
    let mut seen = BTreeMap::from([(hash_of(&hashes.base), "the base".to_owned())]);
    assert!(hashes.change.len() > 30);
    for Change { from, to } in hashes.change {
        assert_eq!(hashes.base.matches(&from).count(), 1, "{from} isn't there once");
        let changed = hash_of(&hashes.base.replace(&from, &to));
        if let Some(other) = seen.insert(changed, format!("{from} -> {to}")) {
            panic!("{from:?} to {to:?} has the hash of {other:?}");
        }
    }
}

#[test]
fn canonical_forms_are_what_they_were() {
    for (name, text) in cases("format", ".toml") {
        let found = format("strategy.toml", &text).unwrap_or_else(|findings| {
            panic!("{name}: {}", rendered(&findings));
        });
        expect(&folder("format").join(format!("{name}.out.toml")), &found);
        assert_eq!(format("strategy.toml", &found).unwrap(), found, "{name}: not canonical");
        assert_eq!(hash_of(&found), hash_of(&text), "{name}: another strategy");
        let comments = |text: &str| text.matches('#').count();
        assert_eq!(comments(&found), comments(&text), "{name}: a comment is gone");
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edits {
    case: Vec<EditCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditCase {
    about: String,
    text: String,
    /// A JSON list.
    edits: String,
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

#[test]
fn edits_change_what_they_name_and_keep_the_rest() {
    let file = fs::read_to_string(folder("edits.toml")).unwrap();
    let edits: Edits = toml_edit::de::from_str(&file).unwrap();
    assert!(edits.case.len() > 20);
    for case in edits.case {
        let about = &case.about;
        let list: Vec<Edit> =
            serde_json::from_str(&case.edits).unwrap_or_else(|e| panic!("{about}: {e}"));
        let found = apply(&case.text, &list);
        match (found, case.result, case.error) {
            (Ok(found), Some(expected), None) => assert_eq!(found, expected, "{about}"),
            (Err(found), None, Some(expected)) => {
                assert_eq!(found.to_string(), expected, "{about}");
            }
            (found, ..) => panic!("{about}: {found:?}"),
        }
    }
}

#[test]
fn an_edit_is_exactly_one_of_two_objects() {
    let set = Edit::set("params.fast.value", 25);
    assert_eq!(serde_json::to_string(&set).unwrap(), r#"{"set":"params.fast.value","to":25}"#);
    let remove = Edit::remove("short");
    assert_eq!(serde_json::to_string(&remove).unwrap(), r#"{"remove":"short"}"#);
    for text in [
        r#"{"set":"long.enter","to":"close > 1"}"#,
        r#"{"set":"params.fast","to":{"max":60,"min":5,"value":20}}"#,
        r#"{"set":"size.weight","to":0.1}"#,
    ] {
        let edit: Edit = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&edit).unwrap(), text);
    }
    for wrong in [
        "{}",
        r#"{"set":"a"}"#,
        r#"{"to":1}"#,
        r#"{"remove":"a","to":1}"#,
        r#"{"set":"a","to":1,"remove":"b"}"#,
        r#"{"set":"a","to":1,"why":"b"}"#,
        r#"{"remove":1}"#,
        "[]",
        "\"remove\"",
    ] {
        assert!(serde_json::from_str::<Edit>(wrong).is_err(), "{wrong} was taken");
    }
}

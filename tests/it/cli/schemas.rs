//! The JSON Schemas of the files in `state/`: shipped, printed, and true of what the loop writes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Repo;

#[test]
fn shipped_schemas_are_those_of_the_code() {
    for (name, text) in sprag::commands::schemas() {
        let file = format!("docs/schema/{name}.schema.json");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let shipped = fs::read_to_string(&path).unwrap_or_default();
        assert!(shipped == text, "{file} is behind the code; run the tests with UPDATE_DOCS=1");
    }
}

#[test]
fn the_command_prints_them() {
    let repo = Repo::bare();
    for (name, text) in sprag::commands::schemas() {
        assert_eq!(repo.sprag(&["schema", name]).ok(), text);
    }
    let message = repo.sprag(&["schema", "nothing"]).failed(2);
    assert!(message.contains("status, record"), "{message}");
}

/// Keys of a value that its schema doesn't name, and required ones that it lacks.
fn misfits(value: &Value, schema: &Value) -> BTreeSet<String> {
    let keys = value.as_object().unwrap().keys();
    let unknown = keys.filter(|key| schema["properties"].get(key).is_none()).cloned();
    let required = schema["required"].as_array().unwrap().iter();
    let missing = required.map(|key| key.as_str().unwrap()).filter(|key| value.get(key).is_none());
    unknown.chain(missing.map(str::to_owned)).collect()
}

#[test]
fn what_is_written_fits_them() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "3"]).ok();
    let schema = |name: &str| -> Value {
        serde_json::from_str(&repo.sprag(&["schema", name]).ok()).unwrap()
    };
    let none = BTreeSet::new();
    let status: Value = serde_json::from_str(&repo.read("state/status.json")).unwrap();
    assert_eq!(misfits(&status, &schema("status")), none);
    for record in repo.records() {
        assert_eq!(misfits(&record, &schema("record")), none);
    }
}

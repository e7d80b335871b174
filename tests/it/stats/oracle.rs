//! Reads the oracles in `tests/data/stats`.

use std::fs;

use serde_json::Value;

/// One case of an oracle file.
pub struct Case {
    pub name: String,
    pub input: Value,
    pub expect: Value,
}

fn root(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// All cases of `function` in a file; there is at least one.
pub fn cases(file: &str, function: &str) -> Vec<Case> {
    let text = fs::read_to_string(root(&format!("tests/data/stats/{file}.json"))).unwrap();
    let oracle: Value = serde_json::from_str(&text).unwrap();
    let cases = oracle["cases"].as_array().unwrap().iter();
    let chosen: Vec<Case> = cases
        .filter(|case| case["fn"] == function)
        .map(|case| Case {
            name: format!("{function} {}", case["id"]),
            input: case["input"].clone(),
            expect: case["expect"].clone(),
        })
        .collect();
    assert!(!chosen.is_empty(), "{file}.json has no {function}");
    chosen
}

pub fn whole(value: &Value) -> usize {
    value.as_u64().unwrap_or_else(|| panic!("{value} is not a whole number")) as usize
}

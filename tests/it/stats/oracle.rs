//! Reads the oracles in `tests/data/stats`, and rebuilds their input.

use std::fs;

use serde_json::Value as Json;
use sprag::market::read_csv;
use sprag::stats::Value;

/// One case of an oracle file.
pub struct Case {
    pub name: String,
    pub input: Json,
    pub expect: Json,
    tol: f64,
}

impl Case {
    /// Holds a figure to `expect[key]`, or to `expect` itself where that is a number.
    #[track_caller]
    pub fn assert(&self, key: &str, found: Value) {
        let expected = if self.expect.is_object() { &self.expect[key] } else { &self.expect };
        let name = &self.name;
        match (expected.as_f64(), expected.as_str(), found) {
            (Some(expected), _, Ok(found)) => {
                let error = (found - expected).abs() / expected.abs().max(1.0);
                assert!(error <= self.tol, "{name}: {key} is {found}, expected {expected}");
            }
            (_, Some("nan" | "inf" | "-inf"), Err(_)) => {}
            (.., found) => panic!("{name}: {key} is {found:?}, expected {expected}"),
        }
    }
}

fn root(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// All cases of `function` in a file; there is at least one.
pub fn cases(file: &str, function: &str) -> Vec<Case> {
    let text = fs::read_to_string(root(&format!("tests/data/stats/{file}.json"))).unwrap();
    let oracle: Json = serde_json::from_str(&text).unwrap();
    let cases = oracle["cases"].as_array().unwrap().iter();
    let chosen: Vec<Case> = cases
        .filter(|case| case["fn"] == function)
        .map(|case| Case {
            name: format!("{function} {}", case["id"]),
            input: case["input"].clone(),
            expect: case["expect"].clone(),
            tol: case["tol"].as_f64().unwrap_or(0.0),
        })
        .collect();
    assert!(!chosen.is_empty(), "{file}.json has no {function}");
    chosen
}

#[track_caller]
pub fn whole(value: &Json) -> usize {
    value.as_u64().unwrap_or_else(|| panic!("{value} is not a whole number")) as usize
}

#[track_caller]
pub fn number(value: &Json) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

pub fn numbers(list: &Json) -> Vec<f64> {
    list.as_array().unwrap().iter().map(number).collect()
}

/// The closes of the market data that a case names.
pub fn closes(file: &str) -> Vec<f64> {
    let name = file.rsplit('/').next().unwrap();
    if name == "EURUSD_1h.csv" {
        let text = fs::read_to_string(root("tests/data/stats/EURUSD_1h_close.csv")).unwrap();
        return text.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    }
    let bytes = fs::read(root(&format!("data/{name}"))).unwrap();
    read_csv(name, name, &bytes).bars.unwrap().close
}

/// Close-to-close returns, the last so many of them if the case says so.
pub fn returns(input: &Json) -> Vec<f64> {
    let closes = closes(input["file"].as_str().unwrap());
    let all: Vec<f64> = closes.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    let last = input["last_returns"].as_u64().map_or(all.len(), |n| n as usize);
    all[all.len() - last..].to_vec()
}

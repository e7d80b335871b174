//! Reads the oracles in `tests/data/stats`, and rebuilds their input.

use std::fs;

use serde_json::Value as Json;
use sprag::market::read_csv;
use sprag::stats::resample::SplitMix64;
use sprag::stats::{Matrix, Value};

/// One case of an oracle file.
pub struct Case {
    pub name: String,
    pub input: Json,
    pub expect: Json,
    tol: f64,
    tol_each: Vec<f64>,
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

impl Case {
    /// Holds a figure to `expect[key]` with the tolerance that the case has for this key.
    #[track_caller]
    pub fn assert_within(&self, key: &str, found: f64) {
        let expected = self.expect.as_object().unwrap();
        // Tolerances are in the order in which the file names the keys.
        let at = ["lower", "consistent", "upper"].iter().position(|name| *name == key).unwrap();
        let (expected, tol) = (number(&expected[key]), self.tol_each[at]);
        assert!((found - expected).abs() <= tol, "{}: {key} is {found}, not {expected}", self.name);
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
            tol_each: case.get("tol_each").map_or_else(Vec::new, numbers),
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

/// The matrix of a case: approximately normal numbers from a seed, each column shifted.
pub fn matrix(input: &Json) -> Matrix {
    let portable = &input["portable"];
    let columns = whole(&portable["cols"]);
    Matrix::from_rows(columns, portable_rows(portable, &numbers(&input["shift"]))).unwrap()
}

fn portable_rows(portable: &Json, shift: &[f64]) -> Vec<f64> {
    let (rows, scale) = (whole(&portable["rows"]), number(&portable["scale"]));
    noise(portable["seed"].as_u64().unwrap(), rows, shift, scale)
}

/// `rows` rows of shift + scale × (the sum of twelve uniform numbers - 6).
pub fn noise(seed: u64, rows: usize, shift: &[f64], scale: f64) -> Vec<f64> {
    let mut stream = SplitMix64::new(seed);
    let mut values = Vec::with_capacity(rows * shift.len());
    for _ in 0..rows {
        for shift in shift {
            let sum: f64 = (0..12).map(|_| stream.unit()).sum();
            values.push(shift + scale * (sum - 6.0));
        }
    }
    values
}

/// Runs `compute` with one thread and with four, and holds the results to be the same.
pub fn on_any_number_of_threads<T: PartialEq + std::fmt::Debug + Send>(
    compute: impl Fn() -> T + Sync,
) -> T {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(&compute)
    };
    let one = with(1);
    assert_eq!(one, with(4));
    one
}

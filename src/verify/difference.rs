//! Where two records first differ, by the phases of an iteration.

use serde::Serialize;
use serde_json::Value;

use crate::record::Counted;
use crate::state::Record;
use crate::state::ledger::{Entry, Look};

/// A step of an iteration that a replay goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The strategy that was evaluated.
    Check,
    /// Metrics and folds.
    Backtest,
    /// The score and its parts.
    Score,
    /// Gates and verdict.
    Decide,
    /// Trials, and what their number makes of the score.
    Count,
    /// A look at the holdout.
    Look,
}

/// The keys of a record that each phase makes, in the order of the phases.
const KEYS: [(Phase, &[&str]); 5] = [
    (Phase::Check, &["candidate"]),
    (Phase::Backtest, &["in_sample", "out_of_sample", "folds", "fit", "benchmark"]),
    (Phase::Score, &["score", "parts"]),
    (Phase::Decide, &["gates", "verdict", "reason"]),
    (Phase::Count, &["trial", "luck"]),
];

/// What is recorded, and what a replay found in its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mismatch {
    /// The iteration.
    pub iteration: u64,
    /// The first phase that differs.
    pub phase: Phase,
    /// The first number or word in it that differs, as a path of keys.
    pub field: String,
    /// What is recorded.
    pub expected: Value,
    /// What was found.
    pub found: Value,
}

impl Mismatch {
    pub(super) fn of_look(look: &Look, said: bool, again: Option<bool>) -> Self {
        Self {
            iteration: look.iteration,
            phase: Phase::Look,
            field: format!("looks.{}.pass", look.look),
            expected: Value::from(said),
            found: Value::from(again),
        }
    }
}

/// The first difference of a record made again from the one that was written.
pub(super) fn of_records(written: &Record, again: &Record) -> Option<Mismatch> {
    let (written_json, again) = (json(written), json(again));
    // Records of before there was a ledger counted in another way.
    let counts = written.luck.is_some();
    for (phase, keys) in KEYS.iter().filter(|(phase, _)| counts || *phase != Phase::Count) {
        for key in *keys {
            // Keys that came later than the record say nothing about it.
            let Some(expected) = written_json.get(key) else { continue };
            let found = again.get(key).unwrap_or(&Value::Null);
            if let Some((path, expected, found)) = first(key, expected, found) {
                let iteration = written.iteration;
                return Some(Mismatch { iteration, phase: *phase, field: path, expected, found });
            }
        }
    }
    None
}

/// The first difference between a look as it was written and as the trials before it give it.
pub(super) fn of_looks(written: &Look, again: &Look) -> Option<Mismatch> {
    let path = format!("looks.{}", written.look);
    let (field, expected, found) = first(&path, &json(written), &json(again))?;
    Some(Mismatch { iteration: written.iteration, phase: Phase::Look, field, expected, found })
}

/// The first difference of the ledger's entries.
pub(super) fn of_entries(record: &Record, written: &[Entry], again: &Counted) -> Option<Mismatch> {
    // Records of before there was a ledger have no entries in it.
    record.luck.as_ref()?;
    let (written, again) = (json(&written), json(&again.entries));
    let (field, expected, found) = first("ledger", &written, &again)?;
    Some(Mismatch { iteration: record.iteration, phase: Phase::Count, field, expected, found })
}

/// Through text and back, so that numbers are what a reader of the file gets.
fn json(value: &impl Serialize) -> Value {
    let text = serde_json::to_string(value).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// The first leaf in which two values differ.
fn first(path: &str, expected: &Value, found: &Value) -> Option<(String, Value, Value)> {
    match (expected, found) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
            keys.filter_map(|key| {
                let missing = Value::Null;
                let (one, other) = (one.get(key), other.get(key));
                first(&format!("{path}.{key}"), one.unwrap_or(&missing), other.unwrap_or(&missing))
            })
            .next()
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let items = one.iter().zip(other).enumerate();
            items.filter_map(|(at, (one, other))| first(&format!("{path}.{at}"), one, other)).next()
        }
        _ if expected == found => None,
        _ => Some((path.to_owned(), expected.clone(), found.clone())),
    }
}

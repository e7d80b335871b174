//! The score: reference values, properties, attempts at gaming it, and its files.

#![expect(clippy::float_cmp, reason = "borders are exact: a drawdown of 1 is 1")]
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]

mod edge_cases;
mod files;
mod gaming;
mod parts;
mod properties;
mod reference;

use std::num::NonZeroUsize;

use sprag::program::ScoreSettings;
use sprag::score::{Evidence, Score, score, split_folds};

/// Scores daily `returns` in six folds, with default settings and without an in-sample series.
fn score_daily(returns: &[f64], trades: &[f64]) -> Score {
    let folds = split_folds(returns, folds(6));
    let evidence = Evidence { folds: &folds, trades, in_sample: None, bars_per_year: 252.0 };
    score(&evidence, &ScoreSettings::default()).unwrap()
}

fn folds(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

/// The value of every part by its JSON name. JSON has no NaN or infinity: they would be null here.
fn parts_by_name(score: &Score) -> serde_json::Map<String, serde_json::Value> {
    match serde_json::to_value(score.parts.as_ref().expect("parts")).unwrap() {
        serde_json::Value::Object(parts) => parts,
        other => panic!("parts are {other}"),
    }
}

//! CSV in, score document out, and errors that lead to the line.

use sprag::program::ScoreSettings;
use sprag::score::files::{
    DAILY_BARS_PER_YEAR, FilesError, FoldRule, Request, ScoreDocument, read_returns, score_files,
};
use sprag::score::{Evidence, score};
use sprag::table::CsvText;

use super::folds;

fn csv(content: &str) -> CsvText<'_> {
    CsvText { name: "f.csv", content: content.as_bytes() }
}

fn run(returns: &str, trades: &str, rule: FoldRule) -> Result<ScoreDocument, FilesError> {
    let request = Request {
        returns: csv(returns),
        trades: csv(trades),
        in_sample: None,
        folds: rule,
        bars_per_year: DAILY_BARS_PER_YEAR,
    };
    score_files(&request, &ScoreSettings::default())
}

fn one_fold() -> FoldRule<'static> {
    FoldRule::Count(folds(1))
}

#[test]
fn the_document_is_the_score_of_the_numbers() {
    let document = run(
        "return\n0.01\n-0.02\n0.03\n0.01\n",
        "return\n-0.01\n0.04\n",
        FoldRule::Count(folds(2)),
    )
    .unwrap();
    let evidence = Evidence {
        folds: &[&[0.01, -0.02], &[0.03, 0.01]],
        trades: &[-0.01, 0.04],
        in_sample: None,
        bars_per_year: 252.0,
    };
    let scored = score(&evidence, &ScoreSettings::default()).unwrap();
    assert_eq!(document.score.to_bits(), scored.value.to_bits());
    let json = serde_json::to_value(&document).unwrap();
    assert_eq!(json["score"], scored.value);
    assert_eq!(json["status"], "ok");
    assert_eq!(json["parts"]["n_trades"], 2);
    assert_eq!(json["parts"]["E"], scored.parts.unwrap().edge);
}

#[test]
fn the_in_sample_file_is_compared() {
    let text = "return\n0.01\n-0.02\n0.03\n0.01\n";
    let request = Request {
        returns: csv(text),
        trades: csv("return\n-0.01\n0.04\n"),
        in_sample: Some(csv("return\n0.01\n0.012\n0.011\n")),
        folds: one_fold(),
        bars_per_year: 252.0,
    };
    let parts = score_files(&request, &ScoreSettings::default()).unwrap().parts.unwrap();
    assert!(parts.z_degradation > 0.0, "{parts:?}");
}

#[test]
fn files_without_rows_have_no_trades_and_empty_parts() {
    let document = run("return\n", "return\n", one_fold()).unwrap();
    let json = serde_json::to_string(&document).unwrap();
    assert_eq!(json, r#"{"score":0.0,"status":"no_trades","parts":{}}"#);
}

#[test]
fn a_column_can_tell_the_folds() {
    let file = csv("fold,return\na,0.1\na,0.2\nb,0.3\nc,0.4\nc,0.5\n");
    let returns = read_returns(&file, FoldRule::Column("fold")).unwrap();
    assert_eq!(returns.folds(), [&[0.1, 0.2][..], &[0.3], &[0.4, 0.5]]);
    // Three folds by number: the first T mod N = 2 are one bar longer.
    let returns = read_returns(&file, FoldRule::Count(folds(3))).unwrap();
    assert_eq!(returns.folds(), [&[0.1, 0.2][..], &[0.3, 0.4], &[0.5]]);
}

#[test]
fn a_fold_that_comes_back_is_refused() {
    let file = csv("fold,return\na,0.1\nb,0.2\na,0.3\n");
    let error = read_returns(&file, FoldRule::Column("fold")).unwrap_err().to_string();
    assert!(error.starts_with("f.csv:4: fold `a` comes back after another fold"), "{error}");
    let error = read_returns(&file, FoldRule::Column("Fold")).unwrap_err().to_string();
    assert!(error.starts_with("f.csv:1: no column `Fold`"), "{error}");
}

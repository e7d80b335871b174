//! CSV in, score document out, and errors that lead to the line.

use sprag::program::ScoreSettings;
use sprag::score::files::{
    CsvText, DAILY_BARS_PER_YEAR, FilesError, FoldRule, Request, ScoreDocument, read_column,
    read_returns, score_files,
};
use sprag::score::{Evidence, score};

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
fn other_columns_spaces_and_foreign_line_ends_do_no_harm() {
    for text in [
        "return\n1e-2\n-0.5\n",
        "\u{feff}return\r\n0.01\r\n-0.5",
        "time,return,note\n1, 0.01 ,a\n2,-.5,\"b, c\"\n",
        "\"return\"\n\"0.01\"\n-0.5\n\n\n",
    ] {
        assert_eq!(read_column(&csv(text)).unwrap(), [0.01, -0.5], "{text:?}");
    }
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
fn errors_name_file_line_and_remedy() {
    let column = |text| read_column(&csv(text)).unwrap_err().to_string();
    assert_eq!(
        column("Return\n0.1\n"),
        "f.csv:1: no column `return` in the header, which has: `Return`; the first line has to name \
         the columns, for instance `return`"
    );
    assert!(
        column("").starts_with("f.csv:1: no column `return` in the header, which has: nothing")
    );
    assert!(column("return,return\n").starts_with("f.csv:1: column `return` is there twice"));
    for (text, line) in [
        ("return\n0.1\n1%\n", 3),
        ("return\r\n0.1\r\n1%\r\n", 3),
        ("return\n0.1\n\"\"\n", 3),
        ("\n\nreturn\n0.1\nnan\n", 5),
        ("return\n-inf\n", 2),
        ("return\n1e999\n", 2),
    ] {
        let message = column(text);
        assert!(message.starts_with(&format!("f.csv:{line}: `")), "{text:?}: {message}");
        assert!(message.contains("is not a finite number; write 1.25 % as 0.0125"), "{message}");
    }
    assert_eq!(
        column("return\n0,01\n"),
        "f.csv:2: 2 field(s) where the header names 1; separate fields by commas and decimals by a \
         point"
    );
    // In a file of one column an empty line would otherwise be a bar that vanishes.
    assert!(column("return\n0.1\n\n0.2\n").starts_with("f.csv:4: an empty line before this row"));
    assert!(column("return\r\n0.1\r\n\r\n0.2").starts_with("f.csv:4: an empty line"));
    let broken = CsvText { name: "f.csv", content: b"return\n\xff\n" };
    assert!(
        read_column(&broken).unwrap_err().to_string().contains("expected comma-separated UTF-8")
    );
}

#[test]
fn a_fold_that_comes_back_is_refused() {
    let file = csv("fold,return\na,0.1\nb,0.2\na,0.3\n");
    let error = read_returns(&file, FoldRule::Column("fold")).unwrap_err().to_string();
    assert!(error.starts_with("f.csv:4: fold `a` comes back after another fold"), "{error}");
    let error = read_returns(&file, FoldRule::Column("Fold")).unwrap_err().to_string();
    assert!(error.starts_with("f.csv:1: no column `Fold`"), "{error}");
}

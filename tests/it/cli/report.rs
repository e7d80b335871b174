//! `sprag report`: the page of an iteration, its picture, and the same as JSON.

use super::harness::{Repo, read};

#[test]
fn a_report_is_made_again_from_the_repository() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "6", "-q"]).ok();
    let records = repo.records();
    let accepted = records.iter().find(|record| record["verdict"] == "accepted").unwrap();
    let number = accepted["iteration"].to_string();
    let text = repo.sprag(&["report", &number]).ok();
    for part in [
        &format!("### Iteration {number}: accepted, score"),
        "#### What changes\n\n- `",
        "```diff",
        "| Out-of-sample | incumbent | candidate | change | buy-and-hold |",
        "```mermaid\n",
        "#### What luck would show\n\nAfter ",
        "| `min_trades` | passed |",
        "| out-of-sample ",
        &format!("sprag verify {number}\n"),
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let text = repo.sprag(&["report", &number, "--svg", "equity.svg"]).ok();
    assert!(text.contains("](equity.svg)") && !text.contains("mermaid"), "{text}");
    assert!(read(&repo.path("equity.svg")).starts_with("<svg "));
    let json = repo.sprag(&["report", &number, "--json"]).json();
    assert_eq!((&json["iteration"], &json["score"]), (&accepted["iteration"], &accepted["score"]));
    assert!(json["changes"][0]["to"].is_string(), "{}", json["changes"]);
    // The picture ends where the metrics do: folds joined.
    for stretch in json["curves"].as_array().unwrap() {
        let last = stretch["candidate"].as_array().unwrap().last().unwrap().as_f64().unwrap();
        let span = stretch["span"].as_str().unwrap();
        let total = accepted[span]["total_return"].as_f64().unwrap();
        assert!((last - 1.0 - total).abs() < 0.02, "{span}: {last} and {total}");
    }
}

#[test]
fn an_iteration_without_an_evaluation_has_a_page_and_no_picture() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1", "-q", "--set", "costs.fee_bps=33"]).ok();
    // Neither the commit nor the work tree has that evaluation.
    let run = repo.sprag(&["report"]);
    assert!(run.stderr.contains("has no curves"), "{run:#?}");
    let text = run.ok();
    assert!(text.contains("### Iteration 1: ") && !text.contains("mermaid"), "{text}");
    assert!(repo.sprag(&["report", "--svg", "x.svg"]).failed(2).contains("can't be drawn"));
    assert!(repo.sprag(&["report", "9"]).failed(2).contains("there is no iteration 9"));
}

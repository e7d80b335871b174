//! `sprag verify`: what is recorded comes out again to the bit, and what was tampered with is found where it differs.

use serde_json::Value;

use super::harness::Repo;

fn verify(repo: &Repo, args: &[&str]) -> (Value, i32) {
    let output = repo.command(&[&["verify", "--json"], args].concat()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("no JSON: {text}{}", String::from_utf8_lossy(&output.stderr)));
    (json, output.status.code().unwrap())
}

fn evaluated(repo: &Repo) -> u64 {
    repo.records().iter().filter(|record| !record["trial"].is_null()).count() as u64
}

#[test]
fn a_campaign_replays_to_the_bit() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "8", "-q"]).ok();
    // A person's edit, and another evaluation: an epoch of its own.
    repo.edit("state/strategy.toml", "name = ", "# by hand\nname = ");
    repo.edit("program.md", "fee_bps = 1.0", "fee_bps = 2.0");
    repo.commit_all("Assume higher fees");
    repo.sprag(&["iterate", "-n", "4", "-q"]).ok();
    let (found, code) = verify(&repo, &["--all"]);
    assert_eq!(code, 0, "{found:#}");
    assert_eq!(found["checked"], evaluated(&repo));
    assert_eq!(found["mismatches"], Value::Array(Vec::new()));
    assert_eq!(found["unverifiable"], Value::Array(Vec::new()), "older epochs are in the commits");
    let (one, _) = verify(&repo, &["3"]);
    assert_eq!(one["checked"], 1);
    assert!(repo.sprag(&["verify"]).ok().contains("0 differ"));
}

#[test]
fn a_number_that_was_changed_is_found_with_its_phase() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "4", "-q"]).ok();
    let history = repo.read("state/history.json");
    let records = repo.records();
    let at = records.iter().position(|record| record["verdict"] == "rejected").unwrap();
    let record = &records[at];
    let sharpe = record["out_of_sample"]["volatility"].to_string();
    let line = history.lines().nth(at + 1).unwrap();
    for (from, to, phase) in [
        (format!("\"volatility\":{sharpe}"), "\"volatility\":0.5".to_owned(), "backtest"),
        (format!("\"E\":{}", record["parts"]["E"]), "\"E\":0.5".into(), "score"),
        (
            "\"id\":\"min_trades\",\"pass\":true".into(),
            "\"id\":\"min_trades\",\"pass\":false".into(),
            "decide",
        ),
        (
            format!("\"sharpe\":{},\"dsr\"", record["luck"]["sharpe"]),
            "\"sharpe\":9.5,\"dsr\"".into(),
            "count",
        ),
    ] {
        assert!(line.contains(&from), "{from} is not in {line}");
        let changed = history.replacen(line, &line.replacen(&from, &to, 1), 1);
        repo.write("state/history.json", &changed);
        repo.commit_all("Improve the record");
        let (found, code) = verify(&repo, &[]);
        assert_eq!(code, 1, "{found:#}");
        let [mismatch] = &found["mismatches"].as_array().unwrap()[..] else { panic!("{found:#}") };
        assert_eq!(
            (&mismatch["iteration"], mismatch["phase"].as_str()),
            (&record["iteration"], Some(phase))
        );
        assert_ne!(mismatch["expected"], mismatch["found"]);
    }
}

#[test]
fn what_no_commit_holds_is_listed_and_is_no_mismatch() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "2", "-q", "--set", "costs.fee_bps=33"]).ok();
    let (found, code) = verify(&repo, &["--all"]);
    assert_eq!((code, &found["checked"]), (0, &Value::from(0)), "{found:#}");
    let unverifiable = found["unverifiable"].as_array().unwrap();
    assert_eq!(unverifiable.len(), 3);
    assert!(unverifiable[0]["reason"].as_str().unwrap().contains("epoch"));
    // Said again, the same override makes them verifiable.
    let (found, code) = verify(&repo, &["--set", "costs.fee_bps=33"]);
    assert_eq!((code, &found["checked"]), (0, &Value::from(3)), "{found:#}");
}

#[test]
fn an_iteration_that_is_not_there_is_a_usage_error() {
    let repo = Repo::new();
    repo.sprag(&["iterate", "-n", "1", "-q"]).ok();
    let error = repo.sprag(&["verify", "17"]).failed(2);
    assert!(error.contains("there is no iteration 17"), "{error}");
}

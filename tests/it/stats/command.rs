//! `sprag stats` from the outside: keys that scripts rely on, oracles end to end, and refusals.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::oracle::{cases, matrix, noise, number, returns, whole};
use crate::cli::harness::{Run, sprag_in};

fn run(folder: &Path, args: &[&str]) -> Run {
    Run::of(sprag_in(folder, &[&["stats"], args].concat()).output().unwrap())
}

fn stats(folder: &TempDir, args: &[&str]) -> Json {
    run(folder.path(), &[args, &["--json"]].concat()).json()
}

#[track_caller]
fn assert_keys(value: &Json, expected: &str) {
    let found = value.as_object().unwrap();
    let missing: Vec<&str> =
        expected.split_whitespace().filter(|key| !found.contains_key(*key)).collect();
    assert!(missing.is_empty(), "no {missing:?} among {found:?}");
}

fn write(folder: &TempDir, name: &str, header: &str, values: &[f64]) {
    let columns = header.split(',').count();
    let mut text = format!("{header}\n");
    for row in values.chunks(columns) {
        let row: Vec<String> = row.iter().map(f64::to_string).collect();
        text += &(row.join(",") + "\n");
    }
    fs::write(folder.path().join(name), text).unwrap();
}

/// A folder with r.csv, 300 returns, and m.csv, the same beside four other trials.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let values = noise(21, 300, &[0.001, 0.0, 0.0, 0.0005, -0.001], 0.01);
    write(&folder, "m.csv", "a,b,c,d,e", &values);
    let first: Vec<f64> = values.iter().copied().step_by(5).collect();
    write(&folder, "r.csv", "return", &first);
    folder
}

#[test]
fn the_keys_are_those_of_the_contract() {
    let folder = folder();
    for (args, keys) in [
        (
            &["metrics", "--returns", "r.csv", "--periods", "252"][..],
            "T total_return cagr volatility sharpe sortino downside_deviation max_drawdown calmar \
             ulcer_index upi_martin omega0 tail_ratio var95_historical cvar95_lowest_k skew_g1 kurt_g2",
        ),
        (
            &["trades", "--returns", "r.csv"],
            "n wins losses win_rate mean median average_win average_loss payoff profit_factor \
             expectancy_ratio sqn kelly longest_losing_streak",
        ),
        (&["sharpe", "--returns", "r.csv"], "sr n skew kurt psr min_trl"),
        (
            &["sharpe", "--moments", "sr=0.1,n=500", "--trials", "20", "--target-sr-annual", "1"],
            "sr n skew kurt psr min_trl expected_max_z sr0 dsr min_btl_years",
        ),
        (
            &["bootstrap", "--returns", "r.csv", "--block", "5", "--reps", "50", "--seed", "3"],
            "sr lo95 hi95 lo90 se share_le_0 max_drawdown max_drawdown_lo95 max_drawdown_hi95",
        ),
        (
            &["pbo", "--matrix", "m.csv", "--blocks", "6"],
            "pbo pbo_strict combinations logit_mean logit_sd prob_oos_loss degradation_slope \
             degradation_intercept",
        ),
        (
            &["spa", "--matrix", "m.csv", "--block", "5", "--reps", "50", "--seed", "3"],
            "reality_check spa_lower spa_consistent spa_upper reality_check_plus1 spa_lower_plus1 \
             spa_consistent_plus1 spa_upper_plus1 spa_lower_raw spa_consistent_raw spa_upper_raw \
             spa_lower_raw_plus1 spa_consistent_raw_plus1 spa_upper_raw_plus1 superior",
        ),
        (&["trials", "--matrix", "m.csv"], "trials n_eff_clusters n_eff_mean_correlation dsr luck"),
    ] {
        assert_keys(&stats(&folder, args), keys);
    }
}

#[test]
fn published_values_come_out_of_moments() {
    let folder = folder();
    let call = |args: &[&str]| stats(&folder, &[&["sharpe"], args].concat());
    let near = |found: &Json, expected: f64| (number(found) - expected).abs() < 5e-5;
    let paper = "sr=0.15811388300841897,n=1250,skew=-3,kurt=10";
    let found = call(&["--moments", paper, "--trials", "100", "--trials-variance", "0.002"]);
    assert!(near(&found["sr0"], 0.1132) && near(&found["dsr"], 0.9004), "{found}");
    // Without a variance: 1/n.
    let found = call(&["--moments", "sr=0.1,n=400", "--trials", "10"]);
    assert!(near(&found["sr0"], 1.57460 / 20.0), "{found}");
    assert_eq!((&found["skew"], &found["kurt"]), (&json!(0.0), &json!(3.0)));
    let found = call(&["--moments", "sr=-0.1,n=400", "--benchmark", "-0.05"]);
    assert_eq!(found["min_trl"], Json::Null);
    let reason = &found["undefined"]["min_trl"];
    assert_eq!(*reason, "not above the benchmark: no track record is long enough");
}

/// The whole way: file, reader, numbers, JSON.
#[test]
fn oracles_come_out_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let near = |found: &Json, expected: &Json| (number(found) - number(expected)).abs() < 1e-9;
    for case in cases("pbo", "pbo_cscv").iter().filter(|case| case.input["note"] == "") {
        let matrix = matrix(&case.input);
        let names: Vec<String> = (0..matrix.trials()).map(|trial| format!("t{trial}")).collect();
        let values: Vec<f64> = matrix.rows().flatten().copied().collect();
        write(&folder, "m.csv", &names.join(","), &values);
        let blocks = whole(&case.input["S"]).to_string();
        let found = stats(&folder, &["pbo", "--matrix", "m.csv", "--blocks", &blocks]);
        for (key, theirs) in
            [("pbo", "pbo"), ("logit_sd", "logit_sd_ddof1"), ("mean_oos", "mean_oos")]
        {
            assert!(near(&found[key], &case.expect[theirs]), "{} {key}", case.name);
        }
    }
    let case = &cases("spa", "spa_portable_bootstrap")[0];
    let matrix = matrix(&case.input);
    let names: Vec<String> = (0..matrix.trials()).map(|trial| format!("t{trial}")).collect();
    let values: Vec<f64> = matrix.rows().flatten().copied().collect();
    write(&folder, "d.csv", &names.join(","), &values);
    let found = stats(
        &folder,
        &["spa", "--matrix", "d.csv", "--block", "10", "--reps", "1000", "--seed", "720"],
    );
    for (key, theirs) in [
        ("reality_check", "p_upper_raw"),
        ("reality_check_plus1", "p_upper_plus1"),
        ("spa_lower_raw", "p_lower_raw"),
        ("spa_consistent_raw_plus1", "p_consistent_plus1"),
        ("spa_consistent_plus1", "p_consistent_studentised_plus1"),
        ("spa_stat", "spa_studentised_stat"),
    ] {
        assert!(near(&found[key], &case.expect[theirs]), "{key}: {found}");
    }
    let case = &cases("spa", "bootstrap_sharpe_interval")[0];
    write(&folder, "r.csv", "return", &returns(&case.input));
    let args =
        ["bootstrap", "--returns", "r.csv", "--block", "10", "--reps", "1000", "--seed", "800"];
    let found = stats(&folder, &args);
    for (key, theirs) in [("sr", "sr"), ("lo95", "lo95"), ("lo90", "lo90"), ("se", "se_ddof1")] {
        assert!(near(&found[key], &case.expect[theirs]), "{key}: {found}");
    }
}

#[test]
fn splits_are_written_as_the_contract_says() {
    let folder = tempfile::tempdir().unwrap();
    let case = &cases("splits", "cpcv")[1];
    let args = ["splits", "cpcv", "--n", "12", "--folds", "3", "--test-folds", "2"];
    let found = stats(&folder, &[&args[..], &["--purge", "1", "--embargo", "1"]].concat());
    assert_eq!(found["splits"], case.expect["splits"]);
    assert_eq!(found["n_paths"], case.expect["n_test_paths"]);
    assert_eq!(found["path_ids"], case.expect["path_ids"]);
    let case = &cases("splits", "walk_forward")[2];
    let args =
        ["splits", "walk-forward", "--n", "251", "--train", "90", "--test", "30", "--keep-last"];
    assert_eq!(stats(&folder, &args)["splits"], case.expect);
    let case = &cases("splits", "time_series_split")[1];
    let args = ["splits", "time-series", "--n", "103", "--splits", "4", "--test", "10"];
    assert_eq!(stats(&folder, &args)["splits"], case.expect);
    let case = &cases("splits", "purged_kfold_labels")[1];
    let args =
        ["splits", "k-fold", "--n", "60", "--folds", "5", "--horizon", "3", "--embargo", "2"];
    assert_eq!(stats(&folder, &args)["splits"], case.expect);
    let text =
        run(folder.path(), &["splits", "cpcv", "--n", "9", "--folds", "3", "--test-folds", "1"]);
    assert!(text.ok().starts_with("    0  test [0, 3)  train [3, 9)\n"));
}

#[test]
fn a_benchmark_is_taken_off_the_other_columns() {
    let folder = folder();
    let resampling = ["--block", "5", "--reps", "100", "--seed", "9"];
    let args = ["spa", "--matrix", "m.csv", "--benchmark", "c"];
    let found = stats(&folder, &[&args[..], &resampling].concat());
    assert_eq!(found["trials"], 4);
    let values = noise(21, 300, &[0.001, 0.0, 0.0, 0.0005, -0.001], 0.01);
    let differences: Vec<f64> = values
        .chunks(5)
        .flat_map(|row| [row[0] - row[2], row[1] - row[2], row[3] - row[2], row[4] - row[2]])
        .collect();
    write(&folder, "d.csv", "a,b,d,e", &differences);
    let args = ["spa", "--matrix", "d.csv"];
    assert_eq!(found, stats(&folder, &[&args[..], &resampling].concat()));
    let message = run(folder.path(), &["spa", "--matrix", "m.csv", "--benchmark", "x"]).failed(2);
    assert!(message.contains("m.csv:1: no column `x`; it has a, b, c, d, e"), "{message}");
}

#[test]
fn neither_threads_nor_a_column_of_times_change_anything() {
    let folder = folder();
    let args = ["spa", "--matrix", "m.csv", "--reps", "200"];
    let one = stats(&folder, &[&args[..], &["--threads", "1"]].concat());
    assert_eq!(one, stats(&folder, &[&args[..], &["--threads", "4"]].concat()));
    let text = fs::read_to_string(folder.path().join("m.csv")).unwrap();
    let dated: String = text
        .lines()
        .enumerate()
        .map(|(at, line)| match at {
            0 => format!("time,{line}\n"),
            _ => format!("2024-01-01T00:00:{at},{line}\n"),
        })
        .collect();
    fs::write(folder.path().join("t.csv"), dated).unwrap();
    assert_eq!(one, stats(&folder, &["spa", "--matrix", "t.csv", "--reps", "200"]));
}

#[test]
fn what_cannot_be_computed_ends_with_code_2_and_says_why() {
    let folder = folder();
    fs::write(folder.path().join("empty.csv"), "return\n").unwrap();
    fs::write(folder.path().join("bad.csv"), "return\n0.1\nabc\n").unwrap();
    fs::write(folder.path().join("short.csv"), "return\n0.1\n0.2\n").unwrap();
    for (args, message) in [
        (
            &["metrics", "--returns", "empty.csv"][..],
            "empty.csv: there are no rows below the header",
        ),
        (&["trades", "--returns", "empty.csv"], "empty.csv: there are no rows"),
        (&["sharpe", "--returns", "empty.csv"], "empty.csv: there are no rows"),
        (&["metrics", "--returns", "bad.csv"], "bad.csv:3: `abc` in column `return`"),
        (&["metrics", "--returns", "none.csv"], "none.csv: "),
        (&["metrics", "--returns", "r.csv", "--periods", "0"], "it has to be above 0"),
        (&["permutation", "--returns", "r.csv"], "r.csv:1: no column `position`"),
        (&["bootstrap", "--returns", "short.csv"], "fewer than 20 returns; give --block"),
        (&["bootstrap", "--returns", "r.csv", "--block", "0.5"], "a mean block of 0.5 bars"),
        (&["bootstrap", "--returns", "r.csv", "--reps", "0"], "0 replications"),
        (&["pbo", "--matrix", "m.csv", "--blocks", "5"], "5 blocks; it has to be an even number"),
        (&["pbo", "--matrix", "r.csv"], "one trial"),
        (&["sharpe", "--moments", "sr=1"], "sr and n are needed"),
        (&["sharpe", "--moments", "sr=1,n=10,sr=2"], "`sr` is there twice"),
        (&["sharpe", "--moments", "sr=1,n=1.5"], "n=1.5 is not a number of observations"),
        (&["sharpe", "--moments", "sr=1,n=10,kurtosis=3"], "no moment `kurtosis`"),
        (&["sharpe", "--moments", "sr=inf,n=10"], "`inf` is not a finite number"),
        (&["sharpe"], "--returns"),
        (&["sharpe", "--returns", "r.csv", "--trials-variance", "0.1"], "--trials"),
        (&["sharpe", "--returns", "r.csv", "--trials", "0"], "0"),
        (&["adjust", "1.5"], "it has to be from 0 to 1"),
        (&["splits", "cpcv", "--n", "9", "--folds", "3", "--test-folds", "3"], "3 of 3 folds"),
        (&["splits", "walk-forward", "--n", "9", "--train", "9", "--test", "1"], "needs 10 bars"),
    ] {
        let error = run(folder.path(), args).failed(2);
        assert!(error.contains(message), "{args:?}: {error}");
    }
    // What doesn't vary is no error: its figures are undefined.
    fs::write(folder.path().join("flat.csv"), "return\n0.1\n0.1\n0.1\n").unwrap();
    let found = stats(&folder, &["sharpe", "--returns", "flat.csv", "--trials", "5"]);
    assert_eq!((&found["sr"], &found["dsr"]), (&Json::Null, &Json::Null));
    assert_eq!(found["undefined"]["dsr"], "returns don't vary");
}

/// Returns near the end of what a number can be: nothing is NaN, and every null has a reason.
#[test]
fn what_overflows_is_undefined_and_says_so() {
    let folder = folder();
    let noise = noise(3, 40, &[0.0; 3], 0.01);
    let huge: Vec<f64> = noise.iter().map(|r| r * 20.0 * f64::MAX).collect();
    write(&folder, "m.csv", "a,b,c", &huge);
    write(&folder, "r.csv", "return", &huge);
    let mut undefined = 0;
    for args in [
        &["metrics", "--returns", "r.csv"][..],
        &["trades", "--returns", "r.csv"],
        &["sharpe", "--returns", "r.csv", "--trials", "5"],
        &["bootstrap", "--returns", "r.csv", "--reps", "20"],
        &["pbo", "--matrix", "m.csv", "--blocks", "4"],
        &["spa", "--matrix", "m.csv", "--reps", "20"],
        &["trials", "--matrix", "m.csv"],
    ] {
        let found = stats(&folder, args);
        for (key, value) in found.as_object().unwrap() {
            let has_reason = found["undefined"][key].is_string();
            undefined += usize::from(has_reason);
            assert_eq!(value.is_null(), has_reason, "{args:?}: {key} of {found}");
        }
    }
    assert!(undefined > 0, "nothing overflowed");
}

#[test]
fn people_are_told_what_each_figure_means() {
    let folder = folder();
    let text = run(folder.path(), &["sharpe", "--returns", "r.csv", "--trials", "40"]).ok();
    assert!(text.contains("  probability that the true one is above sr0\n"), "{text}");
    assert!(text.ends_with("After 40 trials the best of pure luck would show an out-of-sample Sharpe of about 2.01.\n"), "{text}");
    let text = run(folder.path(), &["sharpe", "--moments", "sr=-1,n=9"]).ok();
    let line = text.lines().find(|line| line.starts_with("min_trl ")).unwrap();
    assert!(line.ends_with("(not above the benchmark: no track record is long enough)"), "{line}");
    for command in [
        "metrics",
        "trades",
        "sharpe",
        "bootstrap",
        "pbo",
        "spa",
        "trials",
        "permutation",
        "adjust",
    ] {
        let help = run(folder.path(), &[command, "--help"]).ok();
        assert!(
            help.contains("Example") && help.contains(&format!("sprag stats {command} ")),
            "{help}"
        );
    }
}

//! Each reading command once with the JSON that the command contract names, and its overrides.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Repo;
use super::harness::{fixture, read, sprag_in};

#[track_caller]
fn assert_keys(value: &Value, expected: &str) {
    let found: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let missing: Vec<&str> =
        expected.split_whitespace().filter(|key| !found.contains(key)).collect();
    assert!(missing.is_empty(), "no {missing:?} among {found:?}");
}

const METRICS: &str = "bars total_return cagr volatility sharpe sortino calmar max_drawdown \
    max_drawdown_bars ulcer_index final_equity trades win_rate return_per_trade \
    median_return_per_trade payoff profit_factor expectancy sqn exposure turnover bars_held \
    tail_ratio skew kurtosis fees slippage spread borrow funding";
const TRADE: &str = "fold symbol side entry_index entry_time entry_price units pnl return fees \
    slippage bars";

#[test]
fn backtest_shows_both_spans_of_the_program() {
    let repo = Repo::new();
    let result = repo.sprag(&["backtest", "--json"]).json();
    assert_keys(&result, "strategy engine data spans folds trades timing_ms");
    assert_keys(&result["spans"], "in_sample out_of_sample");
    assert_keys(&result["spans"]["in_sample"], METRICS);
    // What the market did by itself stands beside it.
    assert_keys(&result["benchmark"]["in_sample"], METRICS);
    assert_keys(&result["benchmark"]["out_of_sample"], METRICS);
    let folds = result["folds"].as_array().unwrap();
    assert_eq!(folds.len(), 8);
    for (id, fold) in folds.iter().enumerate() {
        assert_keys(fold, "id span from to bars metrics");
        assert_eq!(fold["id"], id);
    }
    let trades = result["trades"].as_array().unwrap();
    assert!(!trades.is_empty());
    for trade in trades {
        assert_keys(trade, TRADE);
        assert_keys(trade, "exit_index exit_time exit_price reason");
        assert_eq!(trade["symbol"], "WAVE");
        let bars = trade["exit_index"].as_u64().unwrap() - trade["entry_index"].as_u64().unwrap();
        assert_eq!(trade["bars"], bars);
        let invested = trade["units"].as_f64().unwrap() * trade["entry_price"].as_f64().unwrap();
        let net = trade["pnl"].as_f64().unwrap() / invested;
        assert!((trade["return"].as_f64().unwrap() - net).abs() < 1e-12);
    }
}

/// A repository as it comes: all canaries live, and no number of any strategy is told.
#[test]
fn canaries_can_be_asked_by_hand() {
    let repo = Repo::new();
    let result = repo.sprag(&["canaries", "--json"]).json();
    assert_eq!(result["pass"], true);
    let canaries = result["canaries"].as_array().unwrap();
    assert_eq!(canaries.len(), 4);
    for canary in canaries {
        assert_keys(canary, "canary claim pass looked_at findings");
        assert_eq!((&canary["pass"], &canary["findings"]), (&true.into(), &serde_json::json!([])));
    }
    let text = repo.sprag(&["canaries"]).ok();
    assert_eq!(text.matches("alive").count(), 4);
    assert!(text.contains("random strategies and the incumbent"), "{text}");
    // Without a strategy, the machine is what it is.
    repo.git(&["rm", "--quiet", "state/strategy.toml"]);
    let text = repo.sprag(&["canaries"]).ok();
    assert!(!text.contains("and the incumbent"), "{text}");
}

#[test]
fn an_undefined_metric_is_null_and_says_why() {
    let repo = Repo::new();
    repo.edit("state/strategy.toml", "cross_above(close, sma(close, slow))", "close < 0");
    let result = repo.sprag(&["backtest", "--json"]).json();
    let metrics = &result["spans"]["out_of_sample"];
    assert_eq!(metrics["sharpe"], Value::Null);
    assert_eq!(metrics["calmar"], Value::Null);
    assert_eq!(metrics["undefined"]["calmar"], "no drawdown");
    assert_eq!(metrics["undefined"]["win_rate"], "no trades");
    assert_eq!(metrics["trades"], 0.0);
}

/// A short squeeze: the account is said to be ruined, in words and in JSON.
#[test]
fn a_ruined_account_is_called_so() {
    let repo = Repo::new();
    let bars = (1..31).map(|day| {
        let price = if day < 20 { 10 } else { 40 };
        format!("2024-01-{day:02},{price},{price},{price},{price},1\n")
    });
    repo.write("S.csv", &format!("time,open,high,low,close,volume\n{}", bars.collect::<String>()));
    repo.write("s.toml", "[short]\nenter = 'close == 10'\n[risk]\nmax_bars = 100\n");
    let args = ["backtest", "s.toml", "--data", "S.csv", "--span", "all"];
    let told = repo.sprag(&args).ok();
    assert!(told.contains("ruin: the account of all fold 0 lost everything"), "{told}");
    let result = repo.sprag(&[&args[..], &["--json"]].concat()).json();
    assert_eq!(result["folds"][0]["status"], "ruin");
    assert_eq!(result["trades"][0]["reason"], "ruin");
    assert_eq!(result["folds"][0]["metrics"]["total_return"], -1.0);
}

#[test]
fn backtest_of_files_covers_all_bars_and_writes_tables() {
    let repo = Repo::new();
    let data = fixture("WAVE.csv").display().to_string();
    let args = ["backtest", "state/strategy.toml", "--data", &data, "--span", "all", "--json"];
    let args = [&args[..], &["--trades", "trades.csv", "--equity", "equity.csv"]].concat();
    let result = repo.sprag(&args).json();
    assert_keys(&result["spans"], "all");
    assert_eq!(result["folds"][0]["bars"], 720);
    let trades = result["trades"].as_array().unwrap();
    let table = repo.read("trades.csv");
    assert!(table.starts_with("fold,symbol,side,entry_index,entry_time,entry_price,exit_index,"));
    assert_eq!(table.lines().count(), trades.len() + 1);
    let equity = repo.read("equity.csv");
    assert_eq!(equity.lines().count(), 721);
    let last: f64 = equity.trim_end().rsplit(',').next().unwrap().parse().unwrap();
    assert_eq!(
        result["spans"]["all"]["final_equity"].as_f64().map(f64::to_bits),
        Some(last.to_bits())
    );
}

#[test]
fn a_trade_left_open_is_listed_apart() {
    let repo = Repo::new();
    let strategy = "[long]\nenter = 'close > 0'\nexit = 'close < 0'\n";
    repo.write("hold.toml", strategy);
    let data = fixture("WAVE.csv").display().to_string();
    let args = ["backtest", "hold.toml", "--data", &data, "--span", "all", "--json"];
    let closed = repo.sprag(&args).json();
    assert_eq!(closed["trades"][0]["reason"], "end");
    let open = repo.sprag(&[&args[..], &["--set", "backtest.close_at_end=false"]].concat()).json();
    assert_eq!(open["trades"].as_array().unwrap().len(), 0);
    assert_keys(&open["open_trades"][0], TRADE);
    assert_keys(&open["open_trades"][0], "mark_price");
}

#[test]
fn set_overrides_the_program_for_one_call() {
    let repo = Repo::new();
    let fees = |args: &[&str]| {
        let result = repo.sprag(&[&["backtest", "--json"], args].concat()).json();
        let metrics = &result["spans"]["in_sample"];
        (metrics["fees"].as_f64().unwrap(), metrics["final_equity"].as_f64().unwrap())
    };
    let (cheap, more) = fees(&["--set", "costs.fee_bps=0"]);
    let (dear, less) = fees(&["--set", "costs.fee_bps=25", "--set", "backtest.cash=10000"]);
    assert!(cheap == 0.0 && dear > 0.0 && less < more);
    assert!(fees(&[]).0 > 0.0 && fees(&[]).0 < dear, "program.md itself is as it was");
    let threads = |n: &str| repo.sprag(&["backtest", "--json", "--threads", n]).json();
    let (one, four) = (threads("1"), threads("4"));
    assert_eq!((&one["spans"], &one["trades"]), (&four["spans"], &four["trades"]));
}

#[test]
fn the_root_may_be_elsewhere() {
    let repo = Repo::new();
    let folder = tempfile::tempdir().unwrap();
    let root = repo.root.display().to_string();
    let output =
        sprag_in(folder.path(), &["--root", &root, "backtest", "--json"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let here: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(here["trades"], repo.sprag(&["backtest", "--json"]).json()["trades"]);
}

#[test]
fn eval_prints_a_column_for_each_expression() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "time,open,high,low,close,volume\n2024-01-01,1,2,1,2,5\n2024-01-02,2,4,2,4,5\n\
                2024-01-03T12:00:00Z,4,6,4,6,5\n";
    std::fs::write(folder.path().join("X.csv"), rows).unwrap();
    let eval = |args: &[&str]| {
        let output = sprag_in(folder.path(), &[&["eval"], args].concat()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let text = eval(&["sma(close, n)", "--data", "X.csv", "--param", "n=2"]);
    let expected =
        "time,value\n2024-01-01T00:00:00Z,\n2024-01-02T00:00:00Z,3\n2024-01-03T12:00:00Z,5\n";
    assert_eq!(text, expected);
    let args = ["--data", "X.csv", "--columns", "up=close > 3", "--columns", "twice=close * 2"];
    let expected = "time,up,twice\n2024-01-01T00:00:00Z,false,4\n2024-01-02T00:00:00Z,true,8\n\
                    2024-01-03T12:00:00Z,true,12\n";
    assert_eq!(eval(&args), expected);
}

#[test]
fn score_takes_returns_and_trades_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let (mut returns, mut trades) = ("return,fold\n".to_owned(), "return\n".to_owned());
    for i in 0..300 {
        returns += &format!("{},{}\n", 0.001 + 0.01 * f64::from(i % 7 - 3), i / 100);
        trades += &format!("{}\n", 0.002 + 0.01 * f64::from(i % 5 - 2));
    }
    std::fs::write(folder.path().join("r.csv"), returns).unwrap();
    std::fs::write(folder.path().join("t.csv"), trades).unwrap();
    let args = ["score", "--returns", "r.csv", "--trades", "t.csv", "--json"];
    let score = |more: &[&str]| -> Value {
        let output = sprag_in(folder.path(), &[&args[..], more].concat()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let plain = score(&["--folds", "3"]);
    assert_keys(&plain, "score status parts");
    assert_eq!(plain, score(&["--fold-column", "fold"]));
    assert_ne!(plain["score"], score(&["--folds", "3", "--set", "score.n0=10"])["score"]);
}

#[test]
fn check_and_fmt_say_what_a_strategy_is() {
    let repo = Repo::new();
    let valid = repo.sprag(&["check", "--json"]).json();
    assert_keys(&valid, "valid hash nodes unused diagnostics");
    assert_eq!(valid["valid"], true);
    let broken = repo.sprag_with(
        &["check", "-", "--json"],
        "[long]\nenter = 'smaa(close, 5) > 1'\nexit = 'close < 1'\n",
    );
    assert_eq!((broken.code, broken.stderr.as_str()), (2, ""));
    let broken: Value = serde_json::from_str(&broken.stdout).unwrap();
    assert_eq!(broken["valid"], false);
    let finding = &broken["diagnostics"][0];
    assert_eq!((&finding["line"], &finding["column"]), (&2.into(), &10.into()));
    assert_eq!(finding["help"], "did you mean `sma`?");

    let untidy = "[long]\nexit='close<1'\nenter   =  'close>1   and volume>2'\n";
    let tidy = repo.sprag_with(&["fmt", "-"], untidy).ok();
    assert!(tidy.contains("enter = \"close > 1 and volume > 2\""), "{tidy}");
    repo.write("x.toml", untidy);
    assert_eq!(repo.sprag(&["fmt", "x.toml", "--check"]).code, 1);
    assert_eq!(repo.sprag(&["fmt", "x.toml", "--write"]).ok(), "");
    assert_eq!(repo.read("x.toml"), tidy);
    assert_eq!(repo.sprag(&["fmt", "x.toml", "--check"]).ok(), "");
}

#[test]
fn functions_lists_the_language() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output = sprag_in(folder.path(), args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let all: Value = serde_json::from_str(&run(&["functions", "--json"])).unwrap();
    let names: Vec<&str> =
        all.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    for name in ["sma", "ema", "rsi", "atr", "macd", "cross_above", "bars_since"] {
        assert!(names.contains(&name), "no {name} among {names:?}");
    }
    for row in all.as_array().unwrap() {
        assert_keys(row, "name group signature summary parameters outputs example");
    }
    assert!(run(&["functions", "rsi"]).starts_with("rsi("));
    let output = sprag_in(folder.path(), &["functions", "rsj"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `rsi`?"), "{output:?}");
}

#[test]
fn data_check_lists_errors_and_warnings_by_line() {
    let repo = Repo::new();
    let clean = repo.sprag(&["data", "check", "--json"]).json();
    assert_keys(&clean["files"][0], "file symbol bars from to errors warnings");
    assert_eq!(
        (&clean["files"][0]["symbol"], &clean["files"][0]["bars"]),
        (&"WAVE".into(), &720.into())
    );
    let mut lines: Vec<String> = read(&fixture("WAVE.csv")).lines().map(str::to_owned).collect();
    lines[3] = lines[3].replacen("2018-", "2017-", 1);
    repo.write("B.csv", &(lines.join("\n") + "\n"));
    let broken = repo.sprag(&["data", "check", "B.csv", "--json"]);
    assert_eq!(broken.code, 2);
    let broken: Value = serde_json::from_str(&broken.stdout).unwrap();
    let error = &broken["files"][0]["errors"][0];
    assert_eq!((&error["line"], &error["kind"]), (&4.into(), &"time_not_rising".into()));
    assert!(error["message"].is_string());
}

#[test]
fn completions_and_help_need_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let output = sprag_in(folder.path(), &["completions", shell]).output().unwrap();
        assert!(output.status.success() && output.stdout.len() > 1_000, "{shell}");
    }
    let version = sprag_in(folder.path(), &["--version"]).output().unwrap();
    let expected = format!("sprag {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(version.stdout).unwrap(), expected);
}

//! Symbols that are read and not traded, from the outside.

use std::path::Path;

use super::Repo;
use super::harness::{fixture, read, sprag_in};

/// A repository whose program reads an index, which turns every 20 days, and whose strategy buys while that
/// is above its average.
fn repo() -> Repo {
    let repo = Repo::bare();
    repo.fill("");
    let wave = read(&fixture("WAVE.csv"));
    let rows = wave.lines().skip(1).enumerate().map(|(i, row)| {
        let level = 100.0 + if i / 20 % 2 == 0 { i as f64 % 20.0 } else { 20.0 - i as f64 % 20.0 };
        let time = row.split(',').next().unwrap();
        format!("{time},{level},{},{},{level},1\n", level + 1.0, level - 1.0)
    });
    repo.write(
        "data/INDEX.csv",
        &format!("time,open,high,low,close,volume\n{}", rows.collect::<String>()),
    );
    let program = repo.read("program.md");
    repo.write(
        "program.md",
        &format!("{program}\n```toml\n[market]\ncontext = [\"INDEX\"]\n```\n"),
    );
    let rising = "symbol('INDEX', close > sma(close, 10))";
    repo.edit("state/strategy.toml", "cross_above(close, sma(close, slow))", rising);
    repo.commit_all("start");
    repo
}

#[test]
fn a_strategy_reads_the_context_and_does_not_trade_it() {
    let repo = repo();
    repo.sprag(&["iterate", "-n", "3"]).ok();
    repo.assert_settled();
    let trades = repo.sprag(&["backtest", "--json"]).json()["trades"].clone();
    let symbols = trades.as_array().unwrap().iter().map(|trade| trade["symbol"].clone());
    assert!(symbols.clone().count() > 5 && symbols.into_iter().all(|symbol| symbol == "WAVE"));
    // Other content of the context is another epoch, with a baseline of its own.
    let epoch = repo.status()["epoch"].clone();
    repo.edit("data/INDEX.csv", "2018-01-05,104,105,103,104", "2018-01-05,103,105,103,104");
    repo.commit_all("Correct the index");
    repo.sprag(&["iterate", "-n", "0"]).ok();
    assert_ne!(repo.status()["epoch"], epoch);
    assert_eq!(repo.records().last().unwrap()["verdict"], "baseline");
    let checked = repo.sprag(&["data", "check", "--json"]).json();
    assert_eq!(checked["files"].as_array().unwrap().len(), 2);
}

#[test]
fn a_symbol_that_is_not_there_is_refused_where_it_is_named() {
    let repo = repo();
    repo.edit("program.md", "context = [\"INDEX\"]", "symbols = [\"WAVE\"]");
    repo.commit_all("Read nothing else");
    let (head, dirt) = (repo.head(), repo.dirt());
    for command in [&["iterate"][..], &["backtest"], &["check"]] {
        let message = repo.sprag(command).failed(2);
        for part in [
            "state/strategy.toml:8:17",
            "there is no symbol 'INDEX'",
            "context: none",
            "`context` under [market]",
        ] {
            assert!(message.contains(part), "{command:?}: no {part:?} in {message}");
        }
    }
    assert_eq!((repo.head(), repo.dirt()), (head, dirt));
    repo.edit("program.md", "symbols = [\"WAVE\"]", "context = [\"INDX\"]");
    let message = repo.sprag(&["backtest"]).failed(2);
    for part in ["program.md:22:1", "no data file for symbol `INDX`", "did you mean `INDEX`?"] {
        assert!(message.contains(part), "no {part:?} in {message}");
    }
    repo.edit("program.md", "context = [\"INDX\"]", "context = [\"INDEX\", \"WAVE\"]");
    assert!(repo.sprag(&["backtest"]).failed(2).contains("nothing is left to trade"));
}

#[test]
fn a_timeframe_that_is_no_longer_than_the_bars_is_refused() {
    let repo = repo();
    repo.edit(
        "state/strategy.toml",
        "symbol('INDEX', close > sma(close, 10))",
        "timeframe('4h', close) > 1",
    );
    // Names say nothing of lengths.
    repo.sprag(&["check"]).ok();
    let message = repo.sprag(&["backtest"]).failed(2);
    assert!(message.contains("timeframe 4h is not longer than the bars"), "{message}");
    assert!(message.contains("the bars of WAVE last 1 day"), "{message}");
}

#[test]
fn check_says_what_it_could_not_check() {
    let repo = repo();
    let here = repo.sprag(&["check", "--json"]).json();
    assert_eq!((&here["symbols"][0], &here["symbols_checked"]), (&"INDEX".into(), &true.into()));
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = |args: &[&str], file: &Path| {
        let file = file.display().to_string();
        super::harness::Run::of(
            sprag_in(folder.path(), &[args, &[&file]].concat()).output().unwrap(),
        )
    };
    let strategy = repo.path("state/strategy.toml");
    let run = elsewhere(&["check"], &strategy);
    assert!(run.stderr.contains("not checked whether there are INDEX"), "{run:?}");
    assert!(run.ok().contains("valid"));
    assert_eq!(elsewhere(&["check", "--json"], &strategy).json()["symbols_checked"], false);
    // Where none is named there is nothing to say.
    let run = elsewhere(&["check"], &fixture("strategy.toml"));
    assert!(!run.stderr.contains("not checked"), "{run:?}");
}

#[test]
fn files_can_be_named_as_context() {
    let repo = repo();
    let file = |name: &str| repo.path(&format!("data/{name}.csv")).display().to_string();
    let (wave, index) = (file("WAVE"), file("INDEX"));
    let backtest = ["backtest", "--span", "all", "--json", "--data", &wave];
    let with = repo.sprag(&[&backtest[..], &["--context", &index]].concat()).json();
    assert!(with["trades"].as_array().unwrap().iter().all(|trade| trade["symbol"] == "WAVE"));
    let both = repo.sprag(&[&backtest[..], &["--data", &index]].concat()).json();
    assert!(both["trades"].as_array().unwrap().iter().any(|trade| trade["symbol"] == "INDEX"));
    assert!(repo.sprag(&backtest).failed(2).contains("there is no symbol 'INDEX'"));
    let message = repo.sprag(&["backtest", "--context", &index]).failed(2);
    assert!(message.contains("--data"), "{message}");

    let eval = |args: &[&str]| repo.sprag(&[&["eval"], args].concat());
    let read = eval(&["symbol('INDEX', close)", "--data", &wave, "--context", &index]).ok();
    let own = eval(&["close", "--data", &index]).ok();
    assert_eq!(read, own, "the same calendar");
    let week = eval(&["timeframe('1w', volume)", "--data", &index]).ok();
    assert!(week.lines().nth(2).unwrap().ends_with(','), "no week is complete: {week}");
    assert_eq!(week.lines().last().unwrap().rsplit(',').next(), Some("5"));
    let rank =
        eval(&["xs_rank(close)", "--data", &wave, "--data", &index, "--symbol", "INDEX"]).ok();
    assert!(rank.lines().skip(1).all(|row| row.ends_with(",0") || row.ends_with(",1")), "{rank}");
    let condition =
        eval(&["symbol('INDEX', close > 110)", "--data", &wave, "--context", &index]).ok();
    assert!(condition.contains(",true\n") && condition.contains(",false\n"));
}

#[test]
fn help_and_reference_know_them() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        super::harness::Run::of(sprag_in(folder.path(), args).output().unwrap()).ok()
    };
    let all = run(&["functions"]);
    for name in ["symbol(name, x)", "timeframe(name, x)", "xs_rank(x)", "Across the universe"] {
        assert!(all.contains(name), "no {name} in {all}");
    }
    assert!(run(&["functions", "timeframe"]).contains("'1w'"));
    let json: serde_json::Value =
        serde_json::from_str(&run(&["functions", "symbol", "--json"])).unwrap();
    assert_eq!(json[0]["parameters"].as_array().unwrap().len(), 2);
    assert!(json[0]["condition"].is_null());
}

//! Hand-computed cases: `tests/data/backtest/cases/NAME.toml` holds a market of a few bars, a strategy,
//! settings, and the trades and equity that follow, with the arithmetic in its comments.
//!
//! A bar's volume is its signal: 1 buys, 2 leaves a long, 3 sells short, 4 leaves a short.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use sprag::backtest::{self, CostTotals, Fold, FoldRun, Span};
use sprag::market::{Market, parse_date, read_csv};
use sprag::program::Program;

use super::compiled;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    set: Vec<String>,
    strategy: String,
    /// First date of the fold, if it isn't the whole market.
    #[serde(default)]
    from: Option<String>,
    /// `date,open,high,low,close,volume` rows by symbol, in account order.
    bars: BTreeMap<String, String>,
    /// `symbol,side,entry bar,exit bar,entry price,exit price,units,pnl,reason` rows.
    trades: String,
    /// `symbol,side,entry bar,entry price,units,pnl,mark` rows.
    #[serde(default)]
    open_trades: String,
    equity: Vec<f64>,
    /// Costs of the whole account that aren't zero.
    #[serde(default)]
    costs: BTreeMap<String, f64>,
    #[serde(default)]
    ruined: bool,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/backtest/cases")
}

fn market(case: &Case) -> Market {
    let symbols = case.bars.iter().map(|(symbol, rows)| {
        let funding = if rows.trim().lines().all(|row| row.split(',').count() == 7) {
            ",funding"
        } else {
            ""
        };
        let text = format!("time,open,high,low,close,volume{funding}\n{}", rows.trim_start());
        let parsed = read_csv(symbol, symbol, text.as_bytes());
        parsed.bars.unwrap_or_else(|| panic!("{symbol}: {:?}", parsed.check.errors))
    });
    Market::new(symbols.collect())
}

fn run(case: &Case) -> (Market, FoldRun) {
    let market = market(case);
    let mut program = Program::default();
    // Cash and no fee make the arithmetic readable; a case's own settings come after.
    let basics = ["backtest.cash=1000", "costs.fee_bps=0", "backtest.bars_per_year=252"];
    for setting in basics.into_iter().chain(case.set.iter().map(String::as_str)) {
        program.set(setting).unwrap_or_else(|error| panic!("{error}"));
    }
    let timeline = market.timeline();
    let from = case.from.as_ref().map_or(0, |date| {
        let date = parse_date(date).unwrap();
        timeline.partition_point(|time| *time < date)
    });
    let fold = Fold { id: 0, span: Span::All, ticks: from..timeline.len() };
    let settings = &program.settings;
    let strategy = compiled(&case.strategy);
    let mut backtest =
        backtest::run(&strategy, &market, &[fold], &settings.backtest, &settings.costs);
    (market, backtest.runs.remove(0))
}

/// Rows of words and numbers, numbers to nine digits, so that `0.1 + 0.2` is `0.3`.
fn row(words: &[&str], numbers: &[f64], reason: &str) -> String {
    let mut cells: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    cells.extend(numbers.iter().map(|number| round(*number)));
    cells.push(reason.to_owned());
    cells.join(",")
}

fn round(number: f64) -> String {
    // Adding zero makes the negative zero of a rounded tiny number positive.
    let rounded = (number * 1e9).round() / 1e9 + 0.0;
    rounded.to_string()
}

fn found(market: &Market, run: &FoldRun) -> (Vec<String>, Vec<String>) {
    let symbol = |s: usize| market.symbols()[s].symbol.as_str();
    let side = |sign: f64| if sign > 0.0 { "long" } else { "short" };
    let trades = run.trades.iter().map(|trade| {
        let (entry, exit) = (trade.entry_index.to_string(), trade.exit_index.to_string());
        let words = [symbol(trade.symbol), side(trade.side.sign()), &entry, &exit];
        let numbers = [trade.entry_price, trade.exit_price, trade.units, trade.pnl];
        let reason = serde_json::to_value(trade.reason).unwrap();
        row(&words, &numbers, reason.as_str().unwrap())
    });
    let open = run.open_trades.iter().map(|trade| {
        let entry = trade.entry_index.to_string();
        let words = [symbol(trade.symbol), side(trade.side.sign()), &entry];
        row(&words, &[trade.entry_price, trade.units, trade.pnl], &round(trade.mark_price))
    });
    (trades.collect(), open.collect())
}

fn costs(costs: &CostTotals) -> BTreeMap<String, String> {
    let value = serde_json::to_value(costs).unwrap();
    let entries = value.as_object().unwrap().iter();
    let entries = entries.map(|(name, cost)| (name.clone(), round(cost.as_f64().unwrap())));
    entries.filter(|(_, cost)| cost != "0").collect()
}

fn check(name: &str, case: &Case) {
    let (market, run) = run(case);
    let lines = |text: &str| text.trim().lines().map(str::to_owned).collect::<Vec<String>>();
    let (trades, open) = found(&market, &run);
    assert_eq!(trades, lines(&case.trades), "{name}: trades");
    assert_eq!(open, lines(&case.open_trades), "{name}: open trades");
    let rounded = |numbers: &[f64]| numbers.iter().map(|x| round(*x)).collect::<Vec<String>>();
    assert_eq!(rounded(&run.equity), rounded(&case.equity), "{name}: equity");
    let expected: BTreeMap<String, String> =
        case.costs.iter().map(|(name, cost)| (name.clone(), round(*cost))).collect();
    assert_eq!(costs(&run.costs), expected, "{name}: costs");
    assert_eq!(run.ruined, case.ruined, "{name}: ruin");
}

#[test]
fn trades_and_equity_are_what_the_hand_computed() {
    let mut checked = 0;
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let case: Case = toml_edit::de::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        check(&name, &case);
        checked += 1;
    }
    assert!(checked >= 35, "only {checked} cases: some are gone");
}

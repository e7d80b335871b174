//! Two moving-average crosses against backtesting.py: which bars, at which prices, how many units,
//! and what its statistics of trades are by ours.

use serde_json::Value as Json;
use sprag::backtest::{self, FoldRun};
use sprag::check;
use sprag::market::{Market, read_csv};
use sprag::program::Program;
use sprag::stats::trades::{TABLE, TradeSample};

use super::oracle::{Case, cases, number, numbers, whole};

fn run(input: &Json) -> FoldRun {
    let (fast, slow) = (whole(&input["fast"]), whole(&input["slow"]));
    let cross = |over: &str| format!("cross_{over}(sma(close, {fast}), sma(close, {slow}))");
    let (up, down) = (cross("above"), cross("below"));
    let mut strategy = format!("[long]\nenter = \"{up}\"\nexit = \"{down}\"\n");
    if input["short"] == true {
        strategy += &format!("[short]\nenter = \"{down}\"\nexit = \"{up}\"\n");
    }
    let fee_bps = number(&input["commission_rate_each_side"]) * 1e4;
    let cash = number(&input["cash"]);
    let settings = format!(
        "```toml\n[costs]\nfee_bps = {fee_bps:.1}\nslippage_bps = 0.0\nspread_bps = 0.0\n\
         borrow_bps_per_year = 0.0\n[backtest]\nlot = 1.0\ncash = {cash:.1}\n```\n"
    );
    let settings = Program::parse(&settings, "example").unwrap().settings;
    let name = input["file"].as_str().unwrap().rsplit('/').next().unwrap();
    let path = format!("{}/data/{name}", env!("CARGO_MANIFEST_DIR"));
    let bars = read_csv(name, name, &std::fs::read(path).unwrap()).bars.unwrap();
    let market = Market::new(vec![bars]);
    let candidate = check::read("example", &strategy).unwrap_or_else(|flaw| panic!("{flaw}"));
    let folds = [backtest::whole(market.timeline())];
    let (backtest, costs) = (&settings.backtest, &settings.costs);
    backtest::run(&candidate.compiled, &market, &folds, backtest, costs).runs.remove(0)
}

#[track_caller]
fn assert_near(case: &Case, what: &str, found: f64, expected: f64) {
    let error = (found - expected).abs() / expected.abs().max(1.0);
    assert!(error < 1e-6, "{}: {what} is {found}, expected {expected}", case.name);
}

#[test]
fn fills_are_those_of_backtesting_py() {
    for case in cases("backtest", "sma_cross_backtest") {
        let found = run(&case.input).trades;
        let expected: Vec<Vec<f64>> =
            case.expect["trades"].as_array().unwrap().iter().map(numbers).collect();
        assert_eq!(found.len(), expected.len(), "{}", case.name);
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let what = |what: &str| format!("{what} of trade {at}");
            assert_near(&case, &what("units"), found.side.sign() * found.units, expected[0]);
            assert_near(&case, &what("entry bar"), found.entry_index as f64, expected[1]);
            assert_near(&case, &what("exit bar"), found.exit_index as f64, expected[2]);
            assert_near(&case, &what("entry price"), found.entry_price, expected[3]);
            // What is open at the end is closed at the last close here, at the last open there.
            if at + 1 < case.expect["trades"].as_array().unwrap().len() {
                assert_near(&case, &what("exit price"), found.exit_price, expected[4]);
                assert_near(&case, &what("profit"), found.pnl, expected[5]);
                let net = found.pnl / (found.units * found.entry_price);
                assert_near(&case, &what("return"), net, expected[6]);
            }
        }
    }
}

#[test]
fn statistics_of_trades_are_those_of_backtesting_py() {
    for case in cases("backtest", "sma_cross_backtest") {
        let trades = case.expect["trades"].as_array().unwrap();
        let of = |column: usize| trades.iter().map(|trade| number(&trade[column])).collect();
        let (profits, returns) =
            (TradeSample::new(of(5)).unwrap(), TradeSample::new(of(6)).unwrap());
        let figure = |name: &str, sample: &TradeSample| {
            TABLE.iter().find(|figure| figure.name == name).unwrap().of(sample).unwrap()
        };
        let expected = |name: &str| number(&case.expect["stats"][name]);
        for (name, found) in [
            ("# Trades", figure("n", &returns)),
            ("Win Rate [%]", 100.0 * figure("win_rate", &returns)),
            ("Expectancy [%]", 100.0 * figure("mean", &returns)),
            ("Profit Factor", figure("profit_factor", &returns)),
            ("SQN", figure("sqn", &profits)),
            ("Kelly Criterion", figure("kelly", &profits)),
        ] {
            assert_near(&case, name, found, expected(name));
        }
    }
}

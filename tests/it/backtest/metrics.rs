//! Metrics against what other packages compute from the same returns and trades.

use serde_json::Value as Json;
use sprag::backtest::metrics::Metrics;
use sprag::backtest::{CostTotals, ExitReason, Fold, FoldRun, SideName, Span, Trade};
use sprag::market::read_csv;

fn root(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// A run with this equity and trades of these net returns.
fn run(equity: Vec<f64>, returns: &[f64]) -> FoldRun {
    let trade = |(i, pnl): (usize, &f64)| Trade {
        symbol: 0,
        side: SideName::Long,
        entry_index: i,
        entry_tick: i,
        entry_price: 1.0,
        exit_index: i + 1,
        exit_price: 1.0 + pnl,
        units: 1.0,
        pnl: *pnl,
        equity_at_entry: 1.0,
        costs: CostTotals::default(),
        bars: 1,
        reason: ExitReason::Signal,
    };
    FoldRun {
        fold: Fold { id: 0, span: Span::All, ticks: 0..equity.len() },
        equity,
        trades: returns.iter().enumerate().map(trade).collect(),
        open_trades: Vec::new(),
        costs: CostTotals::default(),
        turnover: 0.0,
        exposure: 0.0,
        ruined: false,
    }
}

/// Our name, theirs, and what turns theirs into ours.
type Name = (&'static str, &'static str, fn(f64) -> f64);

const RETURNS: [Name; 13] = [
    ("bars", "T", |t| t + 1.0),
    ("total_return", "total_return", |x| x),
    ("cagr", "cagr", |x| x),
    ("volatility", "volatility", |x| x),
    ("sharpe", "sharpe", |x| x),
    ("sortino", "sortino", |x| x),
    ("calmar", "calmar", |x| x),
    ("max_drawdown", "max_drawdown", |x| -x),
    ("ulcer_index", "ulcer_index", |x| x),
    ("max_drawdown_bars", "longest_underwater_bars", |x| x),
    ("tail_ratio", "tail_ratio", |x| x),
    ("skew", "skew_g1", |x| x),
    // Theirs is in excess of a normal's.
    ("kurtosis", "kurt_excess_g2", |x| x + 3.0),
];
const TRADES: [Name; 8] = [
    ("trades", "n", |x| x),
    ("win_rate", "win_rate", |x| x),
    ("return_per_trade", "mean", |x| x),
    ("median_return_per_trade", "median", |x| x),
    ("payoff", "payoff", |x| x),
    ("profit_factor", "profit_factor", |x| x),
    ("expectancy", "mean", |x| x),
    ("sqn", "sqn", |x| x),
];

/// Compares what both have; says how many that were.
fn compare(what: &str, run: &FoldRun, expected: &Json, names: &[Name]) -> usize {
    let metrics = Metrics::of(&[run], 252.0);
    let mut compared = 0;
    for (ours, theirs, convert) in names {
        let Some(expected) = expected.get(*theirs) else { continue };
        compared += 1;
        let found = metrics.get(ours).get();
        match expected.as_f64().map(convert) {
            Some(expected) => {
                let found = found.unwrap_or_else(|| panic!("{what}: {ours} is undefined"));
                let error = (found - expected).abs() / expected.abs().max(1.0);
                assert!(error < 1e-9, "{what}: {ours} is {found}, expected {expected}");
            }
            // "nan" and "inf" there are undefined here.
            None => assert_eq!(found, None, "{what}: {ours}"),
        }
    }
    compared
}

fn closes(file: &str) -> Vec<f64> {
    let name = file.rsplit('/').next().unwrap();
    let bytes = std::fs::read(root(&format!("data/{name}"))).unwrap();
    read_csv(name, name, &bytes).bars.unwrap().close
}

#[test]
fn metrics_equal_other_packages() {
    let file = std::fs::read_to_string(root("tests/data/stats/metrics.json")).unwrap();
    let oracle: Json = serde_json::from_str(&file).unwrap();
    let numbers = |list: &Json| -> Vec<f64> {
        list.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let mut compared = 0;
    for case in oracle["cases"].as_array().unwrap() {
        let (input, expect) = (&case["input"], &case["expect"]);
        let what = format!("{} {}", case["fn"], case["id"]);
        compared += match case["fn"].as_str().unwrap() {
            "return_metrics" => {
                let closes = closes(input["file"].as_str().unwrap());
                let last = input["last_returns"].as_u64().map_or(closes.len(), |n| n as usize + 1);
                let equity = closes[closes.len() - last..].to_vec();
                compare(&what, &run(equity, &[]), expect, &RETURNS)
            }
            "return_metrics_edge" => {
                let mut equity = vec![1.0];
                for r in numbers(&input["returns"]) {
                    equity.push(equity.last().unwrap() * (1.0 + r));
                }
                compare(&what, &run(equity, &[]), expect, &RETURNS)
            }
            "trade_metrics" => {
                let trades = numbers(&input["trade_returns"]);
                compare(&what, &run(vec![1.0, 1.0], &trades), expect, &TRADES)
            }
            // Figures that a backtest doesn't report.
            _ => 0,
        };
    }
    assert!(compared > 90, "only {compared} numbers were compared");
}

/// Folds are joined as if their returns followed each other: starting cash is compounded.
#[test]
fn folds_are_chained() {
    let (first, second) = (run(vec![100.0, 110.0, 99.0], &[0.1]), run(vec![100.0, 120.0], &[-0.2]));
    let metrics = Metrics::of(&[&first, &second], 252.0);
    let of = |name: &str| metrics.get(name).get().unwrap();
    let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
    // 100 -> 110 -> 99, and a gain of 20 % on that.
    assert!(close(of("total_return"), 0.99 * 1.2 - 1.0));
    assert!(close(of("final_equity"), 118.8));
    assert!(close(of("max_drawdown"), 0.1));
    assert!(close(of("trades"), 2.0) && close(of("bars"), 5.0));
    assert!(close(of("win_rate"), 0.5) && close(of("payoff"), 0.5));
    // Below the peak of 110 from the third close until the gain takes it to 118.8.
    assert!(close(of("max_drawdown_bars"), 1.0));
}

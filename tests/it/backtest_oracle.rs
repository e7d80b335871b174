//! Fourteen strategies against trades, equity and metrics that other engines agree on.

use serde::Deserialize;
use sprag::backtest::{self, Backtest, ExitReason, SideName};
use sprag::market::{Bars, Market};
use sprag::program::{BacktestSettings, CostSettings, StopsFrom};
use sprag::strategy::{Compiled, Strategy, compile};

#[derive(Deserialize)]
struct Oracle {
    fee_per_side: f64,
    cash: f64,
    entry_signal_bars: Vec<usize>,
    exit_signal_bars: Option<Vec<usize>>,
    short_entry_signal_bars: Option<Vec<usize>>,
    reference: Reference,
}

#[derive(Deserialize)]
struct Reference {
    trades: Vec<OracleTrade>,
    open_trade: Option<OracleOpen>,
    equity: Vec<f64>,
    metrics: OracleMetrics,
}

#[derive(Deserialize)]
struct OracleTrade {
    side: f64,
    entry_index: usize,
    exit_index: usize,
    entry_price: f64,
    exit_price: f64,
    units: f64,
    pnl: f64,
    return_pct: f64,
    reason: String,
}

#[derive(Deserialize)]
struct OracleOpen {
    side: f64,
    entry_index: usize,
    entry_price: f64,
    units: f64,
}

#[derive(Deserialize)]
struct OracleMetrics {
    final_equity: f64,
    total_return: f64,
    sharpe_daily_252: Option<f64>,
    volatility_252: f64,
    max_drawdown: f64,
    closed_trades: f64,
    win_rate: Option<f64>,
    profit_factor: Option<f64>,
    mean_trade_return: Option<f64>,
}

const SMA_CROSS: &str = "[long]
enter = 'cross_above(sma(close, 10), sma(close, 30))'
exit = 'cross_below(sma(close, 10), sma(close, 30))'
";
/// Reads the oracle's own signal bars, which the test puts into the volume column.
const BY_SIGNAL_BARS: &str = "[long]\nenter = 'volume == 1'\nexit = 'volume == 2'\n";

fn cases() -> Vec<(&'static str, String)> {
    let sma = |risk: &str| format!("{SMA_CROSS}{risk}");
    vec![
        ("S01_sma_cross", sma("")),
        ("S02_ema_cross", BY_SIGNAL_BARS.into()),
        ("S03_rsi_reversion", "[long]\nenter = 'rsi(close, 14) < 30'\nexit = 'rsi(close, 14) > 55'".into()),
        (
            "S04_donchian",
            "[long]\nenter = 'close > highest(high, 20)[1]'\nexit = 'close < lowest(low, 10)[1]'".into(),
        ),
        (
            "S05_bollinger_reversion",
            "[long]\nenter = 'close < bbands(close, 20, 2).lower'\nexit = 'close > sma(close, 20)'".into(),
        ),
        ("S06_macd_cross", BY_SIGNAL_BARS.into()),
        ("S07_atr_stop", sma("[risk]\nstop_loss = '3 * atr(14)'")),
        ("S08_long_short_flip", "[long]\nenter = 'volume == 1'\n[short]\nenter = 'volume == 3'\n[risk]\nmax_bars = 20000".into()),
        ("S09_stop_target", sma("[risk]\nstop_loss = '5%'\ntake_profit = '10%'")),
        (
            "S10_trailing_stop",
            "[long]\nenter = 'cross_above(sma(close, 10), sma(close, 30))'\n[risk]\ntrailing_stop = '8%'".into(),
        ),
        ("S11_fee_0bps", sma("")),
        ("S11_fee_5bps", sma("")),
        ("S11_fee_50bps", sma("")),
        ("S12_time_exit", "[long]\nenter = 'rsi(close, 14) < 35'\n[risk]\nmax_bars = 10".into()),
    ]
}

fn data(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/backtest/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn goog() -> Bars {
    let mut reader = csv::Reader::from_reader(std::io::Cursor::new(data("goog.csv")));
    let mut bars = Bars { symbol: "GOOG".into(), ..Bars::default() };
    for record in reader.records() {
        let record = record.unwrap();
        let number = |i: usize| record[i].parse::<f64>().unwrap();
        bars.time.push(sprag::market::time::parse_date(&record[0]).unwrap());
        bars.open.push(number(1));
        bars.high.push(number(2));
        bars.low.push(number(3));
        bars.close.push(number(4));
        bars.volume.push(number(5));
    }
    bars
}

fn compiled(text: &str) -> Compiled {
    let report = |findings: Vec<sprag::expr::Diagnostic>| -> Compiled {
        panic!("{}", findings.iter().map(ToString::to_string).collect::<String>())
    };
    match Strategy::parse("strategy.toml", text) {
        Ok(strategy) => compile(&strategy, ("strategy.toml", text)).unwrap_or_else(report),
        Err(findings) => report(findings),
    }
}

fn run(oracle: &Oracle, text: &str, close_at_end: bool) -> Backtest {
    let mut bars = goog();
    if text.contains("volume") {
        bars.volume.fill(0.0);
        let signals = [
            (Some(&oracle.entry_signal_bars), 1.0),
            (oracle.exit_signal_bars.as_ref(), 2.0),
            (oracle.short_entry_signal_bars.as_ref(), 3.0),
        ];
        for (at, value) in signals {
            for bar in at.into_iter().flatten() {
                bars.volume[*bar] = value;
            }
        }
    }
    let market = Market::new(vec![bars]);
    let settings = BacktestSettings {
        cash: oracle.cash,
        stops_from: StopsFrom::NextBar,
        close_at_end,
        ..BacktestSettings::default()
    };
    let costs = CostSettings { fee_bps: oracle.fee_per_side * 1e4, ..CostSettings::default() };
    let folds = [backtest::whole(market.timeline())];
    backtest::run(&compiled(text), &market, &folds, &settings, &costs)
}

#[track_caller]
fn assert_close(what: &str, found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs() / expected.abs().max(1.0);
    assert!(error <= tolerance, "{what}: found {found}, expected {expected}");
}

fn sign(side: SideName) -> f64 {
    side.sign()
}

fn reason(reason: ExitReason) -> &'static str {
    match reason {
        ExitReason::Signal => "signal",
        // The oracles name a trailing stop and a target by other words.
        ExitReason::Stop | ExitReason::Trailing => "stop",
        ExitReason::Target => "target",
        ExitReason::MaxBars => "time",
        ExitReason::Flip => "flip",
        ExitReason::End | ExitReason::Ruin => "end",
    }
}

fn check(name: &str, text: &str) {
    let oracle: Oracle = serde_json::from_slice(&data(&format!("{name}.json"))).unwrap();
    let backtest = run(&oracle, text, false);
    let run = &backtest.runs[0];
    let expected = &oracle.reference;
    assert_eq!(run.trades.len(), expected.trades.len(), "{name}: number of trades");
    for (i, (found, expected)) in run.trades.iter().zip(&expected.trades).enumerate() {
        let what = format!("{name}: trade {i}");
        assert_eq!(
            (found.entry_index, found.exit_index, reason(found.reason)),
            (expected.entry_index, expected.exit_index, expected.reason.as_str()),
            "{what}"
        );
        assert_eq!(sign(found.side).total_cmp(&expected.side), std::cmp::Ordering::Equal, "{what}");
        assert_close(&what, found.entry_price, expected.entry_price, 1e-9);
        assert_close(&what, found.exit_price, expected.exit_price, 1e-9);
        assert_close(&what, found.units, expected.units, 1e-9);
        assert_close(
            &what,
            found.pnl / (found.units * found.entry_price),
            expected.pnl / (expected.units * expected.entry_price),
            1e-8,
        );
        assert_close(&what, found.net_return(), expected.return_pct, 1e-9);
    }
    let open = run.open_trades.first();
    assert_eq!(open.is_some(), expected.open_trade.is_some(), "{name}: open trade");
    if let (Some(found), Some(expected)) = (open, &expected.open_trade) {
        assert_eq!(found.entry_index, expected.entry_index, "{name}: open trade");
        assert_close(name, found.entry_price, expected.entry_price, 1e-9);
        assert_close(name, found.units, expected.units, 1e-9);
        assert_close(name, sign(found.side), expected.side, 0.0);
    }
    assert_eq!(run.equity.len(), expected.equity.len(), "{name}: bars of equity");
    for (bar, (found, expected)) in run.equity.iter().zip(&expected.equity).enumerate() {
        assert_close(&format!("{name}: equity of bar {bar}"), *found, *expected, 1e-8);
    }
    check_metrics(name, &backtest, &expected.metrics);
}

fn check_metrics(name: &str, backtest: &Backtest, expected: &OracleMetrics) {
    let metrics = backtest.runs[0].metrics(backtest.bars_per_year);
    let pairs = [
        ("final_equity", Some(expected.final_equity)),
        ("total_return", Some(expected.total_return)),
        ("sharpe", expected.sharpe_daily_252),
        ("volatility", Some(expected.volatility_252)),
        ("max_drawdown", Some(-expected.max_drawdown)),
        ("trades", Some(expected.closed_trades)),
        ("win_rate", expected.win_rate),
        ("profit_factor", expected.profit_factor),
        ("return_per_trade", expected.mean_trade_return),
    ];
    for (metric, expected) in pairs {
        let found = metrics.get(metric).get();
        assert_eq!(found.is_some(), expected.is_some(), "{name}: {metric}");
        if let (Some(found), Some(expected)) = (found, expected) {
            assert_close(&format!("{name}: {metric}"), found, expected, 1e-7);
        }
    }
}

#[test]
fn trades_equity_and_metrics_equal_other_engines() {
    for (name, text) in cases() {
        check(name, &text);
    }
}

/// The sum of what trades won and what was there at first is what is there at the end.
#[test]
fn profits_of_trades_add_up_to_the_change_of_equity() {
    for (name, text) in cases() {
        let oracle: Oracle = serde_json::from_slice(&data(&format!("{name}.json"))).unwrap();
        let backtest = run(&oracle, &text, true);
        let run = &backtest.runs[0];
        let profit: f64 = run.trades.iter().map(|trade| trade.pnl).sum();
        let last = *run.equity.last().unwrap();
        assert_close(name, profit, last - oracle.cash, 1e-9);
        assert!(run.open_trades.is_empty(), "{name}: an account that closes at its end is flat");
    }
}

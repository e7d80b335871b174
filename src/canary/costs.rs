//! An account that was computed by hand: five kinds of cost, one long and one short, to the cent.
//!
//! ```text
//! 20,000 of cash; 60 % of it per position, in lots of 100 units; a fee of 1 % and 1 per order; slippage
//! of 20 and a spread of 20 basis points, so that a fill is 0.2 % + 0.1 % worse than its quote; borrowing
//! costs 36.50 % a year, which is 0.1 % a day; a stop 10 from the fill.
//!
//! day  event                                      price    fees  borrow  funding       cash     equity
//!   0  buy ordered                                                               20,000.00  20,000.00
//!   1  100 bought at the open of 100             100.30  101.30                   9,868.70
//!      funding 0.001 on 10,200 is paid                                   10.20    9,858.50  20,058.50
//!   2  funding -0.0005 on 10,400 comes back                              -5.20    9,863.70  20,263.70
//!      sale and short sale ordered
//!   3  100 sold at the open of 110               109.67  110.67                  20,720.03
//!      100 sold short at the same open           109.67  110.67                  31,576.36
//!      funding 0.001 on -10,800 is received                             -10.80   31,587.16  20,787.16
//!   6  three days on 10,800                                       32.40          31,554.76
//!      funding 0.002 on -11,500 is received                             -23.00   31,577.76  20,077.76
//!   7  one day on 11,500                                          11.50          31,566.26
//!      opens at 120, beyond the stop of 119.67   120.36  121.36                  19,408.90  19,408.90
//! ```
//!
//! The long made 100 × 9.37 - 211.97 of fees - 5.00 of funding, the short lost 100 × 10.69 + 232.03 of
//! fees + 43.90 of borrow - 33.80 of funding. Slippage is 20 + 22 + 22 + 24, half the spread as much
//! each again: 10 + 11 + 11 + 12.

use super::engine::Engine;
use crate::backtest::{CostTotals, FoldRun, whole};
use crate::market::{Bars, Clock, Market};
use crate::program::{BacktestSettings, CostSettings};

/// Half a cent.
const TOLERANCE: f64 = 0.005;

const STRATEGY: &str = "\
[long]
enter = 'volume == 1'
exit = 'volume == 2'
[short]
enter = 'volume == 3'
exit = 'volume == 4'
[risk]
stop_loss = 10
[size]
weight = 0.6
max_positions = 1
";

/// Day, open, high, low, close, volume, funding.
const BARS: [[f64; 7]; 6] = [
    [0.0, 100.0, 101.0, 99.0, 100.0, 1.0, 0.0],
    [1.0, 100.0, 103.0, 99.0, 102.0, 0.0, 0.001],
    [2.0, 102.0, 105.0, 101.0, 104.0, 3.0, -0.0005],
    [3.0, 110.0, 111.0, 107.0, 108.0, 0.0, 0.001],
    [6.0, 112.0, 118.0, 111.0, 115.0, 0.0, 0.002],
    [7.0, 120.0, 122.0, 119.0, 121.0, 0.0, 0.001],
];

const EQUITY: [f64; 6] = [20_000.0, 20_058.5, 20_263.7, 20_787.16, 20_077.76, 19_408.9];

/// Profit, fees, slippage, spread, borrow and funding of the long, the short, and the account.
const LONG: [f64; 6] = [720.03, 211.97, 42.0, 21.0, 0.0, 5.0];
const SHORT: [f64; 6] = [-1_311.13, 232.03, 46.0, 23.0, 43.9, -33.8];
const ACCOUNT: [f64; 6] = [-591.1, 444.0, 88.0, 44.0, 43.9, -28.8];

const PARTS: [&str; 6] = ["profit", "fees", "slippage", "spread", "borrow", "funding"];

/// Where the engine differs from the hand.
pub(super) fn look(engine: &Engine<'_>) -> Vec<String> {
    let Some(strategy) = (engine.compile)(STRATEGY) else {
        return vec!["the strategy of this canary doesn't compile".into()];
    };
    let costs = CostSettings {
        fee_bps: 100.0,
        fee_fixed: 1.0,
        slippage_bps: 20.0,
        spread_bps: 20.0,
        borrow_bps_per_year: 3_650.0,
    };
    let settings = BacktestSettings {
        cash: 20_000.0,
        lot: 100.0,
        bars_per_year: 252.0,
        ..BacktestSettings::default()
    };
    let market = market();
    let folds = [whole(market.timeline())];
    let backtest = (engine.backtest)(&strategy, &market, &folds, &settings, &costs);
    match &backtest.runs[..] {
        [run] => compare(run),
        runs => vec![format!("one fold came out as {} accounts", runs.len())],
    }
}

fn market() -> Market {
    let column = |at: usize| BARS.iter().map(|bar| bar[at]).collect::<Vec<f64>>();
    Market::new(vec![Bars {
        symbol: "BY HAND".into(),
        time: BARS.iter().map(|bar| bar[0] as i64 * 86_400_000).collect(),
        open: column(1),
        high: column(2),
        low: column(3),
        close: column(4),
        volume: column(5),
        funding: Some(column(6)),
        clock: Clock::default(),
    }])
}

fn compare(run: &FoldRun) -> Vec<String> {
    let mut findings = Vec::new();
    let mut check = |what: &str, found: f64, expected: f64| {
        // A NaN is no match either.
        let fits = (found - expected).abs() < TOLERANCE;
        if !fits {
            findings.push(format!("{what} is {found}, by hand it is {expected}"));
        }
    };
    check("the number of trades", run.trades.len() as f64, 2.0);
    check("the number of closes", run.equity.len() as f64, EQUITY.len() as f64);
    for ((bar, found), expected) in BARS.iter().zip(&run.equity).zip(EQUITY) {
        check(&format!("equity on day {}", bar[0]), *found, expected);
    }
    for ((what, expected), trade) in [("long", LONG), ("short", SHORT)].iter().zip(&run.trades) {
        let found = parts(trade.pnl, &trade.costs);
        for ((part, found), expected) in PARTS.iter().zip(found).zip(expected) {
            check(&format!("{part} of the {what}"), found, *expected);
        }
    }
    let profit = run.equity.last().copied().unwrap_or_default() - EQUITY[0];
    for ((part, found), expected) in PARTS.iter().zip(parts(profit, &run.costs)).zip(ACCOUNT) {
        check(&format!("{part} of the account"), found, expected);
    }
    findings
}

fn parts(profit: f64, costs: &CostTotals) -> [f64; 6] {
    let CostTotals { fees, slippage, spread, borrow, funding } = *costs;
    [profit, fees, slippage, spread, borrow, funding]
}

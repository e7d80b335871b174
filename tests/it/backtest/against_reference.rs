//! The engine against the slow one, on random markets and strategies: same trades, same equity.

use proptest::prelude::*;
use sprag::backtest::{self, CostTotals, Fold, FoldRun, Span};

use super::random::{Scenario, quiet_scenario, scenario};
use super::words;

fn close(found: f64, expected: f64, scale: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(scale)
}

fn parts(costs: &CostTotals) -> [f64; 5] {
    let CostTotals { fees, slippage, spread, borrow, funding } = *costs;
    [fees, slippage, spread, borrow, funding]
}

fn compare(scenario: &Scenario, from: usize, to: usize) -> Result<(), TestCaseError> {
    let market = scenario.market();
    let timeline = market.timeline();
    let fold = Fold { id: 0, span: Span::All, ticks: from..to };
    let compiled = scenario.compiled();
    let backtest = backtest::run(&compiled, &market, &[fold], &scenario.settings, &scenario.costs);
    let until = timeline.get(to).copied().unwrap_or(i64::MAX);
    let expected = scenario.reference(timeline[from], until);
    same(&backtest.runs[0], &expected, scenario.settings.cash)
}

fn same(found: &FoldRun, expected: &words::Result, cash: f64) -> Result<(), TestCaseError> {
    let trades: Vec<words::Trade> = found
        .trades
        .iter()
        .map(|trade| words::Trade {
            symbol: trade.symbol,
            side: trade.side,
            entry_index: trade.entry_index,
            entry_price: trade.entry_price,
            exit_index: trade.exit_index,
            exit_price: trade.exit_price,
            units: trade.units,
            pnl: trade.pnl,
            costs: trade.costs,
            equity_at_entry: trade.equity_at_entry,
            reason: trade.reason,
        })
        .collect();
    let all = || format!("engine {trades:#?}\nreference {:#?}", expected.trades);
    for (found, expected) in trades.iter().zip(&expected.trades) {
        let what = |t: &words::Trade| (t.symbol, t.side, t.entry_index, t.exit_index, t.reason);
        prop_assert_eq!(what(found), what(expected), "{}", all());
        prop_assert!(close(found.entry_price, expected.entry_price, 1.0), "{}", all());
        prop_assert!(close(found.exit_price, expected.exit_price, 1.0), "{}", all());
        prop_assert!(close(found.units, expected.units, 1.0), "{}", all());
        prop_assert!(close(found.pnl, expected.pnl, cash), "{}", all());
        prop_assert!(close(found.equity_at_entry, expected.equity_at_entry, 1.0), "{}", all());
        for (found, expected) in parts(&found.costs).into_iter().zip(parts(&expected.costs)) {
            prop_assert!(close(found, expected, cash), "{}", all());
        }
    }
    prop_assert_eq!(trades.len(), expected.trades.len(), "{}", all());
    prop_assert_eq!(found.open_trades.len(), expected.open);
    prop_assert_eq!(found.ruined, expected.ruined);
    prop_assert!(close(found.turnover, expected.turnover, 1.0));
    prop_assert!(close(found.exposure, expected.exposure, 1.0));
    prop_assert_eq!(found.equity.len(), expected.equity.len());
    for (tick, (found, expected)) in found.equity.iter().zip(&expected.equity).enumerate() {
        prop_assert!(
            close(*found, *expected, cash),
            "equity at tick {}: engine {}, reference {}\n{}",
            tick,
            found,
            expected,
            all()
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn engine_and_reference_agree(scenario in scenario(), cut in 0.0..1.0, length in 0.0..1.0) {
        let bars = scenario.market().timeline().len();
        compare(&scenario, 0, bars)?;
        let from = (bars as f64 * cut) as usize;
        let to = from + 1 + ((bars - from - 1) as f64 * length) as usize;
        compare(&scenario, from, to)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Years between one decision and the next, which the engine takes many bars at a time.
    #[test]
    fn engine_and_reference_agree_over_quiet_years(scenario in quiet_scenario(), cut in 0.0..1.0) {
        let bars = scenario.market().timeline().len();
        compare(&scenario, 0, bars)?;
        compare(&scenario, (bars as f64 * cut) as usize, bars)?;
    }
}

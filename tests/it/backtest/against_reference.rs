//! The engine against the slow one, on random markets and strategies: same trades, same equity.

use proptest::prelude::*;
use sprag::backtest::{self, CostTotals, Fold, FoldRun, Span};
use sprag::canary::random::{Places, Programs, Rules};
use sprag::rng::Rng;

use super::random::{Scenario, choices, quiet_scenario, scenario};
use super::spoken::said;
use super::words::{self, World};
use super::{compiled, reference};

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
    let open: Vec<words::Open> = found
        .open_trades
        .iter()
        .map(|trade| words::Open {
            symbol: trade.symbol,
            side: trade.side,
            entry_index: trade.entry_index,
            entry_price: trade.entry_price,
            units: trade.units,
        })
        .collect();
    for (found, expected) in open.iter().zip(&expected.open) {
        let what = |t: &words::Open| (t.symbol, t.side, t.entry_index);
        prop_assert_eq!(what(found), what(expected), "{}", all());
        prop_assert!(close(found.entry_price, expected.entry_price, 1.0), "{}", all());
        prop_assert!(close(found.units, expected.units, 1.0), "{}", all());
    }
    prop_assert_eq!(open.len(), expected.open.len(), "{}", all());
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

/// The second engine on what a strategy of the language says.
fn hear(scenario: &Scenario, text: &str) -> words::Result {
    let (market, strategy) = (scenario.market(), compiled(text));
    let said = said(&strategy, &market);
    let world = World {
        symbols: market.symbols(),
        said: &said,
        slots: strategy.max_positions.map(|slots| slots as usize),
        max_bars: strategy.max_bars.map(|bars| bars as usize),
        settings: &scenario.settings,
        costs: &scenario.costs,
    };
    reference::run(&world, i64::MIN, i64::MAX)
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

    /// The same on whole programs of the language, with every kind of rule.
    #[test]
    fn engine_and_reference_agree_on_random_programs(scenario in scenario(), choices in choices()) {
        let market = scenario.market();
        let mut programs = Programs::at(Places::of(&market), Rng::replaying(choices));
        let text = programs.strategy(Rules::All);
        let folds = [backtest::whole(market.timeline())];
        let (settings, costs) = (&scenario.settings, &scenario.costs);
        let backtest = backtest::run(&compiled(&text), &market, &folds, settings, costs);
        same(&backtest.runs[0], &hear(&scenario, &text), settings.cash)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
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

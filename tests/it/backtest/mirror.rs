//! A short is a long seen in a mirror: where prices p become K - p and the sides swap names, every
//! trade starts and ends at the same bar for the same reason and moves the same way.

use proptest::prelude::*;
use sprag::backtest::{self, FoldRun, SideName};
use sprag::market::{Bars, Market};
use sprag::program::{BacktestSettings, CostSettings};

use super::compiled;
use super::random::scenario;

/// Prices on a binary grid, so that mirroring rounds nothing.
fn on_grid(bars: &Bars) -> Bars {
    let grid = |column: &[f64]| column.iter().map(|x| (x * 64.0).round() / 64.0).collect();
    Bars {
        open: grid(&bars.open),
        high: grid(&bars.high),
        low: grid(&bars.low),
        close: grid(&bars.close),
        funding: None,
        ..bars.clone()
    }
}

fn mirrored(bars: &Bars, around: f64) -> Bars {
    let flip = |column: &[f64]| column.iter().map(|x| around - x).collect();
    Bars {
        open: flip(&bars.open),
        high: flip(&bars.low),
        low: flip(&bars.high),
        close: flip(&bars.close),
        ..bars.clone()
    }
}

/// A strategy of which `swap` makes long short and short long.
fn strategy(risk: &str, swap: bool) -> String {
    let (first, second) = if swap { ("short", "long") } else { ("long", "short") };
    format!(
        "[{first}]\nenter = 'volume % 2 >= 1'\nexit = 'volume % 4 >= 2'\n\
         [{second}]\nenter = 'volume % 8 >= 4'\nexit = 'volume % 16 >= 8'\n\
         [risk]\n{risk}\n[size]\nweight = 0.01\n"
    )
}

fn run(symbols: Vec<Bars>, text: &str, settings: &BacktestSettings) -> FoldRun {
    let market = Market::new(symbols);
    let costs = CostSettings { fee_bps: 0.0, ..CostSettings::default() };
    let folds = [backtest::whole(market.timeline())];
    backtest::run(&compiled(text), &market, &folds, settings, &costs).runs.remove(0)
}

fn other(side: SideName) -> SideName {
    match side {
        SideName::Long => SideName::Short,
        SideName::Short => SideName::Long,
    }
}

const RISKS: [&str; 6] = [
    "max_bars = 3",
    "stop_loss = 0.5",
    "stop_loss = 'high - low'\ntake_profit = 0.25",
    "trailing_stop = 0.5\ntake_profit = 1",
    "trailing_stop = 'high - low'\nmax_bars = 4",
    "stop_loss = 0.25\ntake_profit = 0.25\ntrailing_stop = 0.25",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_short_is_a_mirrored_long(scenario in scenario(), risk in 0..RISKS.len()) {
        let bars: Vec<Bars> = scenario.bars().iter().map(on_grid).collect();
        let highest = bars.iter().flat_map(|bars| &bars.high).copied().fold(0.0, f64::max);
        let around = (2.0 * highest).ceil();
        let mirror: Vec<Bars> = bars.iter().map(|bars| mirrored(bars, around)).collect();
        let settings = BacktestSettings { lot: 0.0, max_leverage: 1.0, ..scenario.settings };
        let longs = run(bars, &strategy(RISKS[risk], false), &settings);
        let shorts = run(mirror, &strategy(RISKS[risk], true), &settings);
        prop_assert_eq!(longs.trades.len(), shorts.trades.len());
        prop_assert_eq!(longs.open_trades.len(), shorts.open_trades.len());
        for (a, b) in longs.trades.iter().zip(&shorts.trades) {
            prop_assert_eq!(
                (a.symbol, a.side, a.entry_index, a.exit_index, a.reason),
                (b.symbol, other(b.side), b.entry_index, b.exit_index, b.reason)
            );
            let moved = (a.exit_price - a.entry_price, b.entry_price - b.exit_price);
            prop_assert!((moved.0 - moved.1).abs() < 1e-9, "{:?}", moved);
        }
    }
}

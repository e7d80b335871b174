//! Laws that hold for every market and strategy: no look-ahead, no dependence on threads, and accounts
//! that add up.

use std::cmp::Ordering;

use proptest::prelude::*;
use sprag::backtest::{self, Backtest, Fold, FoldRun, Span};
use sprag::market::{Bars, Market};
use sprag::program::{BacktestSettings, CostSettings};

use super::random::{Scenario, scenario};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn run_on(scenario: &Scenario, market: &Market, folds: &[Fold]) -> Backtest {
    backtest::run(&scenario.compiled(), market, folds, &scenario.settings, &scenario.costs)
}

fn run_whole(scenario: &Scenario) -> (Market, FoldRun) {
    let market = scenario.market();
    let folds = [backtest::whole(market.timeline())];
    let run = run_on(scenario, &market, &folds).runs.remove(0);
    (market, run)
}

fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// Indicators that remember, over more bars than one block of the evaluator holds: cutting the market
/// anywhere, also at the edge of a block, changes nothing before the cut.
#[test]
fn blocks_leave_no_seam() {
    let text = "[long]\nenter = 'cross_above(ema(close, 7), sma(close, 30)) or rsi(close, 14) < 30'\n\
                exit = 'close < lowest(low, 20)[1] or bars_since(cross_below(close, open)) > 9'\n\
                [risk]\nstop_loss = '2 * atr(14)'\n[size]\nweight = '0.02 / stdev(log_return(close), 20)'\n";
    let strategy = super::compiled(text);
    let settings =
        BacktestSettings { close_at_end: false, bars_per_year: 252.0, ..Default::default() };
    let run = |bars: usize| {
        let market = Market::new(vec![noise(bars)]);
        let folds = [backtest::whole(market.timeline())];
        backtest::run(&strategy, &market, &folds, &settings, &CostSettings::default())
            .runs
            .remove(0)
    };
    let whole = run(3_500);
    assert!(whole.trades.len() > 50);
    for bars in [1, 35, 1_000, 1_023, 1_024, 1_025, 2_047, 2_048, 2_049, 3_000] {
        let part = run(bars);
        assert!(same_bits(&part.equity, &whole.equity[..bars]), "{bars} bars");
        let closed = whole.trades.iter().filter(|trade| trade.exit_index < bars);
        assert_eq!(part.trades, closed.cloned().collect::<Vec<_>>(), "{bars} bars");
    }
}

/// A walk by a congruential generator.
fn noise(count: usize) -> Bars {
    let mut bars = Bars { symbol: "A".into(), ..Bars::default() };
    let (mut state, mut last) = (1_u64, 100.0);
    for i in 0..count {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let close = last * (1.0 + ((state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5) * 0.04);
        bars.time.push(i as i64 * 86_400_000);
        bars.open.push(last);
        bars.high.push(f64::max(last, close) * 1.005);
        bars.low.push(f64::min(last, close) * 0.995);
        bars.close.push(close);
        bars.volume.push((state >> 40) as f64);
        last = close;
    }
    bars
}

/// Equity, and per closed trade everything that is a number, as bits.
fn bits(backtest: &Backtest) -> Vec<u64> {
    let of_run = |run: &FoldRun| {
        let trades = run.trades.iter().flat_map(|trade| {
            [trade.entry_price, trade.exit_price, trade.units, trade.pnl, trade.equity_at_entry]
        });
        let numbers = trades.chain(run.equity.iter().copied()).chain([run.turnover, run.exposure]);
        numbers.map(f64::to_bits).collect::<Vec<u64>>()
    };
    backtest.runs.iter().flat_map(of_run).collect()
}

proptest! {
    #![proptest_config(config(200))]

    /// Whatever happens later, what was done and what it was worth by then stays to the bit.
    #[test]
    fn later_bars_change_nothing_before_them(a in scenario(), b in scenario(), cut in 0.1..0.9) {
        let keep = ((a.days() as f64 * cut) as usize).max(1);
        let mut a = a;
        a.settings.close_at_end = false;
        let mixed = a.with_other_end(&b, keep);
        prop_assume!(mixed.bars().iter().all(|bars| !bars.is_empty()));
        let ((market, before), (_, after)) = (run_whole(&a), run_whole(&mixed));
        let since = Scenario::time(keep);
        let known = market.timeline().partition_point(|time| *time < since);
        prop_assert!(same_bits(&before.equity[..known], &after.equity[..known]));
        let closed = |run: &FoldRun| -> Vec<backtest::Trade> {
            let symbols = market.symbols();
            // The bars before the cut are the same in both, and so are their indices.
            let first: Vec<usize> = symbols
                .iter()
                .map(|bars| bars.time.partition_point(|time| *time < since))
                .collect();
            let trades = run.trades.iter().filter(|trade| trade.exit_index < first[trade.symbol]);
            trades.cloned().collect()
        };
        prop_assert_eq!(closed(&before), closed(&after));
    }

    /// One thread or five, folds that overlap or not: the same to the bit.
    #[test]
    fn threads_change_nothing(scenario in scenario()) {
        let market = scenario.market();
        let ticks = market.timeline().len();
        let folds: Vec<Fold> = (0..6)
            .map(|id| Fold { id, span: Span::All, ticks: id.min(ticks - 1)..ticks })
            .collect();
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run_on(&scenario, &market, &folds))
        };
        let (one, many) = (with(1), with(5));
        prop_assert_eq!(&one, &many);
        prop_assert_eq!(bits(&one), bits(&many));
        // A fold run alone is what it is among others.
        let alone = run_on(&scenario, &market, &folds[2..3]);
        prop_assert_eq!(&alone.runs[0], &one.runs[2]);
    }

    /// Strategies that are run together do what each does alone, to the bit.
    #[test]
    fn company_changes_nothing(scenarios in prop::collection::vec(scenario(), 1..5), cut in 0.0..1.0) {
        let host = &scenarios[0];
        let market = host.market();
        let ticks = market.timeline().len();
        let from = (ticks as f64 * cut) as usize;
        let folds = [0..ticks, from..ticks].map(|ticks| Fold { id: 0, span: Span::All, ticks });
        let strategies: Vec<_> = scenarios.iter().map(Scenario::compiled).collect();
        let together = backtest::run_each(
            &strategies, &market, &folds, &host.settings, &host.costs, |backtest| backtest,
        );
        prop_assert_eq!(together.len(), strategies.len());
        for (together, strategy) in together.iter().zip(&strategies) {
            let alone = backtest::run(strategy, &market, &folds, &host.settings, &host.costs);
            prop_assert_eq!(together, &alone);
            prop_assert_eq!(bits(together), bits(&alone));
        }
    }

    /// What the trades made is what the account made.
    #[test]
    fn profits_add_up_to_the_change_of_equity(scenario in scenario()) {
        let mut scenario = scenario;
        scenario.settings.close_at_end = true;
        let (_, run) = run_whole(&scenario);
        prop_assert!(run.open_trades.is_empty());
        let profit: f64 = run.trades.iter().map(|trade| trade.pnl).sum();
        let change = run.equity.last().unwrap() - scenario.settings.cash;
        // Who owes more than there is left pays only what there is.
        let fits = (profit - change).abs() <= 1e-9 * scenario.settings.cash.max(profit.abs());
        prop_assert!(fits || profit < -scenario.settings.cash, "{} {}", profit, change);
        for trade in &run.trades {
            let moved = trade.units * (trade.exit_price - trade.entry_price) * trade.side.sign();
            let costs = trade.costs.fees + trade.costs.borrow + trade.costs.funding;
            prop_assert!((trade.pnl - (moved - costs)).abs() <= 1e-9 * moved.abs().max(1.0));
            prop_assert!(trade.units > 0.0 && trade.bars == trade.exit_index - trade.entry_index);
        }
    }

    /// A long account without leverage never spends what it doesn't have.
    #[test]
    fn cash_stays_above_zero(scenario in scenario()) {
        // Funding is a debt that a strategy doesn't choose.
        let mut scenario = scenario.long_only_in_cash().without_funding();
        scenario.settings.close_at_end = true;
        let (market, run) = run_whole(&scenario);
        let lasts = &market.timeline()[..run.equity.len() - 1];
        for (tick, time) in lasts.iter().enumerate() {
            let invested: f64 = run.trades.iter().map(|trade| {
                let bars = &market.symbols()[trade.symbol];
                let open = bars.time[trade.entry_index] <= *time && *time < bars.time[trade.exit_index];
                let last = bars.time.partition_point(|bar| bar <= time);
                // A trade that ends within its fill bar holds nothing at any close.
                if open { trade.units * bars.close[last - 1] } else { 0.0 }
            }).sum();
            // A symbol without a bar at the last tick is closed later than its last bar says.
            if time < market.symbols().iter().filter_map(|bars| bars.time.last()).min().unwrap() {
                prop_assert!(run.equity[tick] - invested >= -1e-6, "{} {}", run.equity[tick], invested);
            }
        }
    }

    /// Twice the cash is twice of everything, exactly: doubling rounds nothing.
    #[test]
    fn results_scale_with_cash(scenario in scenario()) {
        let mut small = scenario;
        small.settings.lot = 0.0;
        small.costs.fee_fixed = 0.0;
        let mut large = small.clone();
        large.settings.cash *= 2.0;
        let ((_, small), (_, large)) = (run_whole(&small), run_whole(&large));
        let doubled: Vec<f64> = small.equity.iter().map(|equity| equity * 2.0).collect();
        prop_assert!(same_bits(&doubled, &large.equity));
        prop_assert_eq!(small.trades.len(), large.trades.len());
        for (small, large) in small.trades.iter().zip(&large.trades) {
            prop_assert!(same_bits(&[small.pnl * 2.0, small.units * 2.0], &[large.pnl, large.units]));
            prop_assert_eq!(small.net_return().total_cmp(&large.net_return()), Ordering::Equal);
        }
    }

    /// An account never trades outside of its fold, and starts and ends flat.
    #[test]
    fn folds_are_accounts_of_their_own(scenario in scenario(), cut in 0.0..1.0) {
        let market = scenario.market();
        let ticks = market.timeline().len();
        let cut = ((ticks as f64 * cut) as usize).clamp(1, ticks - 1);
        let fold = |id, ticks| Fold { id, span: Span::All, ticks };
        let folds = [fold(0, 0..cut), fold(1, cut..ticks)];
        let backtest = run_on(&scenario, &market, &folds);
        for run in &backtest.runs {
            let time = &market.timeline()[run.fold.ticks.clone()];
            prop_assert_eq!(run.equity.len(), time.len());
            // Nothing fills at the first open: there was no close in the fold to decide at.
            let first = run.equity[0].total_cmp(&scenario.settings.cash);
            prop_assert_eq!(first, Ordering::Equal);
            for trade in &run.trades {
                let bars = &market.symbols()[trade.symbol];
                prop_assert!(bars.time[trade.entry_index] > time[0]);
                prop_assert!(bars.time[trade.exit_index] <= *time.last().unwrap());
                prop_assert!(run.fold.ticks.contains(&trade.entry_tick));
                prop_assert_eq!(market.timeline()[trade.entry_tick], bars.time[trade.entry_index]);
            }
        }
    }
}

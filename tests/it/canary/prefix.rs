//! No look-ahead, as properties over random programs of the language and random data: what is after a
//! tick, how bars are cut into blocks, how many threads there are, and what other folds exist, changes
//! nothing.

use proptest::prelude::*;
use sprag::backtest::{self, Backtest, ExitReason, Fold, FoldRun, Span};
use sprag::canary::random::{Places, Programs, Rules};
use sprag::canary::values;
use sprag::expr::BLOCK;
use sprag::market::{BarLength, Bars, Clock, Market};
use sprag::program::{BacktestSettings, CostSettings, StopsFrom};
use sprag::rng::Rng;
use sprag::strategy::Compiled;

use super::markets::{listings, market};
use crate::backtest::compiled;
use crate::backtest::random::choices;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn program(choices: Vec<u64>, market: &Market) -> (String, Compiled) {
    let text = Programs::at(Places::of(market), Rng::replaying(choices)).strategy(Rules::All);
    let strategy = compiled(&text);
    (text, strategy)
}

fn settings(stops_from_fill: bool) -> BacktestSettings {
    BacktestSettings {
        stops_from: if stops_from_fill { StopsFrom::FillBar } else { StopsFrom::NextBar },
        close_at_end: false,
        bars_per_year: 252.0,
        max_leverage: 1.5,
        ..BacktestSettings::default()
    }
}

fn costs() -> CostSettings {
    CostSettings {
        fee_bps: 7.0,
        spread_bps: 4.0,
        borrow_bps_per_year: 300.0,
        ..CostSettings::default()
    }
}

fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

/// The first bars of one market, then those of another; both have the same days.
fn spliced(a: &Market, b: &Market, time: i64) -> Market {
    let symbols = a.symbols().iter().enumerate().map(|(s, bars)| {
        let other = &b.symbols()[s % b.symbols().len()];
        let (end, from) =
            (bars.time.partition_point(|t| *t < time), other.time.partition_point(|t| *t < time));
        let join = |x: &[f64], y: &[f64]| [&x[..end], &y[from..]].concat();
        let rates = |bars: &Bars| bars.funding.clone().unwrap_or_else(|| vec![0.001; bars.len()]);
        Bars {
            clock: Clock::default(),
            symbol: bars.symbol.clone(),
            time: [&bars.time[..end], &other.time[from..]].concat(),
            open: join(&bars.open, &other.open),
            high: join(&bars.high, &other.high),
            low: join(&bars.low, &other.low),
            close: join(&bars.close, &other.close),
            volume: join(&bars.volume, &other.volume),
            funding: bars.funding.is_some().then(|| join(&rates(bars), &rates(other))),
        }
    });
    Market::new(symbols.collect())
}

/// Whether each symbol's bars before a time are as long as all of them, by their labels: before a symbol has
/// shown that, what is read on its bars may be another value if it goes on otherwise.
fn shows_lengths(market: &Market, time: i64) -> bool {
    market.symbols().iter().all(|bars| {
        let known = &bars.time[..bars.time.partition_point(|t| *t < time)];
        known.is_empty() || BarLength::of(known) == BarLength::of(&bars.time)
    })
}

fn run(strategy: &Compiled, market: &Market, ticks: std::ops::Range<usize>, fill: bool) -> FoldRun {
    let folds = [Fold { id: 0, span: Span::All, ticks }];
    backtest::run(strategy, market, &folds, &settings(fill), &costs()).runs.remove(0)
}

proptest! {
    #![proptest_config(config(300))]

    /// Values, equity and trades up to t never change when later bars change, end, or go missing.
    #[test]
    fn later_bars_change_nothing_before_them(
        choices in choices(), a in listings(), b in listings(), seed in any::<u64>(), days in 20_usize..220,
        cut in 0.1..0.95, fill in any::<bool>(),
    ) {
        let known = market(days, &a, seed);
        let (text, strategy) = program(choices, &known);
        let ticks = known.timeline().len();
        prop_assume!(ticks > 2);
        let tick = ((ticks as f64 * cut) as usize).max(1);
        let time = known.timeline()[tick];
        let mixed = spliced(&known, &market(days, &b, seed.wrapping_add(1)), time);
        let ended = spliced(&known, &market(0, &b, 0), time);
        prop_assume!(shows_lengths(&known, time) && shows_lengths(&mixed, time));
        for other in [&mixed, &ended] {
            let (before, after) = (values(&strategy, &known), values(&strategy, other));
            for (s, (before, after)) in before.iter().zip(&after).enumerate() {
                let bars = known.symbols()[s].time.partition_point(|t| *t < time);
                for (before, after) in before.iter().zip(after) {
                    prop_assert!(same_bits(&before[..bars], &after[..bars]), "{}", text);
                }
            }
            let (before, after) = (run(&strategy, &known, 0..ticks, fill), run(&strategy, other, 0..other.timeline().len(), fill));
            prop_assert!(same_bits(&before.equity[..tick], &after.equity[..tick]), "{}", text);
            let closed = |run: &FoldRun| -> Vec<backtest::Trade> {
                let is_ruined = run.equity[..tick].last().is_some_and(|equity| *equity <= 0.0);
                // Ruin closes a position at its symbol's last bar, which may be long before.
                let is_before = |trade: &&backtest::Trade| {
                    (trade.reason != ExitReason::Ruin || is_ruined)
                        && known.symbols()[trade.symbol].time.get(trade.exit_index).is_some_and(|t| *t < time)
                };
                run.trades.iter().filter(is_before).cloned().collect()
            };
            prop_assert_eq!(closed(&before), closed(&after), "{}", text);
        }
    }

    /// A fold's account depends on the bars before its end, and on no other fold.
    #[test]
    fn folds_know_nothing_of_each_other_or_of_what_follows(
        choices in choices(), a in listings(), b in listings(), seed in any::<u64>(), days in 60_usize..220,
        from in 0.0..0.8, length in 0.05..0.2, threads in 1_usize..5,
    ) {
        let known = market(days, &a, seed);
        let (text, strategy) = program(choices, &known);
        let ticks = known.timeline().len();
        prop_assume!(ticks > 20);
        let start = (ticks as f64 * from) as usize;
        let end = (start + 1 + (ticks as f64 * length) as usize).min(ticks - 1);
        let alone = run(&strategy, &known, start..end, true);
        // Other bars behind the fold, as warm-up there was before it.
        let mixed = spliced(&known, &market(days, &b, seed.wrapping_add(1)), known.timeline()[end]);
        let from = known.timeline()[end];
        prop_assume!(shows_lengths(&known, from) && shows_lengths(&mixed, from));
        prop_assert_eq!(&run(&strategy, &mixed, start..end, true), &alone, "{}", text);
        // Other folds beside it, on any number of threads.
        let spans = [0..ticks, start..end, 0..start.max(1), end..ticks];
        let folds: Vec<Fold> = spans
            .into_iter()
            .enumerate()
            .map(|(id, ticks)| Fold { id, span: Span::All, ticks })
            .collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let Backtest { runs, .. } =
            pool.install(|| backtest::run(&strategy, &known, &folds, &settings(true), &costs()));
        prop_assert_eq!(&runs[1].equity, &alone.equity, "{}", text);
        prop_assert_eq!(&runs[1].trades, &alone.trades, "{}", text);
        prop_assert!(runs.iter().all(|run| run.equity.len() == run.fold.ticks.len()));
    }
}

proptest! {
    #![proptest_config(config(40))]

    /// More bars than a block: wherever the data ends, also at the seam, the values before are the same.
    #[test]
    fn blocks_leave_no_seam(choices in choices(), seed in any::<u64>(), a in listings(), ends in prop::collection::vec(0_usize..3_000, 3)) {
        let whole = market(3_000, &a, seed);
        let (text, strategy) = program(choices, &whole);
        let all = values(&strategy, &whole);
        for end in ends.into_iter().chain([BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK]) {
            let time = whole.timeline()[end.min(whole.timeline().len() - 1)];
            if !shows_lengths(&whole, time) {
                continue;
            }
            let part = spliced(&whole, &market(0, &a, 0), time);
            for (all, part) in all.iter().zip(values(&strategy, &part)) {
                for (all, part) in all.iter().zip(part) {
                    prop_assert!(same_bits(&all[..part.len()], &part), "{}", text);
                }
            }
        }
    }
}

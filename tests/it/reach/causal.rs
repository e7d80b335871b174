//! Nothing looks ahead: what comes after a time changes no value that was known by it.

use proptest::prelude::*;
use sprag::backtest::{self, ExitReason, Fold, Span};
use sprag::market::{BarLength, Bars, Clock, Market};
use sprag::program::{BacktestSettings, CostSettings};
use sprag::strategy::{Compiled, Strategy as Rules, compile};

use super::words::{columns, same_bits, try_columns};
use super::world::{HOUR, Place, World, numbers, other_bars, worlds};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A time at which every symbol has shown the length of its bars (see [`shows_lengths`]), or has no bar at all.
fn time_of(world: &World, part: f64) -> Option<i64> {
    let ends = world
        .symbols
        .iter()
        .flat_map(|symbol| symbol.bars.time.iter().map(|label| world.end_of(symbol, *label)));
    let mut ends: Vec<i64> = ends.collect();
    ends.sort_unstable();
    let time = *ends.get((ends.len() as f64 * part) as usize)?;
    let shows = |count: usize| count == 0 || count >= 2;
    let all_show = world.symbols.iter().all(|symbol| shows(world.ended_by(symbol, time)));
    (all_show && shows_lengths(world, time)).then_some(time)
}

/// Whether the bars known by a time are as long as all of them, by their labels. A feed's first labels settle
/// that, so that a world which goes on otherwise within them is another feed, and its values are others by right.
fn shows_lengths(world: &World, time: i64) -> bool {
    world.symbols.iter().all(|symbol| {
        let labels = &symbol.bars.time;
        let known = &labels[..world.ended_by(symbol, time)];
        known.is_empty() || BarLength::of(known) == BarLength::of(labels)
    })
}

/// The world as known by a time, going on with other bars; none if they say otherwise how long its bars are.
fn altered(world: &World, time: i64, seed: u64) -> Option<World> {
    let altered = world.known_by(time, Some(&other_bars(world, seed)));
    shows_lengths(&altered, time).then_some(altered)
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn values_up_to_a_time_depend_on_nothing_after_it(
        world in worlds(),
        tree in numbers(true),
        part in 0.0..1.0,
        seed in any::<u64>(),
    ) {
        let Some(time) = time_of(&world, part) else { return Ok(()) };
        let text = tree.text(&world, &Place::default());
        // Random constants may be divided by zero, which the language refuses.
        let all = match try_columns(&text, &world.market()) {
            Err(error) if error.contains("this constant is undefined") => return Ok(()),
            all => all.unwrap(),
        };
        let cut = columns(&text, &world.known_by(time, None).market());
        let altered = altered(&world, time, seed).map(|altered| columns(&text, &altered.market()));
        for (s, (_, symbol)) in world.traded().enumerate() {
            let known = world.ended_by(symbol, time);
            prop_assert!(same_bits(&all[s][..known], &cut[s]), "{} when later bars vanish", text);
            if let Some(altered) = &altered {
                prop_assert!(same_bits(&cut[s], &altered[s][..known]), "{} when later bars change", text);
            }
        }
    }
}

/// Bars that are much shorter later on: lengths were settled by the first ones, and still nothing of a later
/// bar is in an earlier value.
#[test]
fn bars_that_become_shorter_later_reveal_nothing() {
    let hourly = |i: i64| 1_704_067_200_000 + i * HOUR;
    let mut labels: Vec<i64> = (0..300).map(hourly).collect();
    labels.extend((0..400).map(|i| hourly(300) + i * HOUR / 12));
    let bars = |name: &str, shift: usize| {
        let close = |i: usize| 20.0 + ((i * 7 + shift * 3) % 11) as f64;
        let close: Vec<f64> = (0..labels.len()).map(close).collect();
        let volume = vec![1.0; close.len()];
        Bars {
            clock: Clock::default(),
            symbol: name.into(),
            time: labels.clone(),
            open: close.clone(),
            high: close.clone(),
            low: close.clone(),
            close,
            volume,
            funding: None,
        }
    };
    let cut = |bars: &Bars, keep: usize| Bars {
        clock: bars.clock.clone(),
        symbol: bars.symbol.clone(),
        time: bars.time[..keep].to_vec(),
        open: bars.open[..keep].to_vec(),
        high: bars.high[..keep].to_vec(),
        low: bars.low[..keep].to_vec(),
        close: bars.close[..keep].to_vec(),
        volume: bars.volume[..keep].to_vec(),
        funding: None,
    };
    let all = [bars("A", 0), bars("B", 1)];
    for text in [
        "timeframe('4h', sum(close, 2))",
        "timeframe('2h', volume)",
        "symbol('B', timeframe('4h', close))",
        "xs_rank(timeframe('2h', close))",
        "timeframe('2h', xs_zscore(close))",
        "timeframe('1d', symbol('B', close))",
    ] {
        let whole = &columns(text, &Market::new(all.to_vec()))[0];
        for keep in 300..400 {
            let known =
                columns(text, &Market::new(all.iter().map(|bars| cut(bars, keep)).collect()));
            assert!(same_bits(&known[0], &whole[..keep]), "{text}, the first {keep} bars");
        }
    }
}

/// A strategy that uses everything.
fn strategy() -> Compiled {
    compiled(EVERYTHING)
}

const EVERYTHING: &str = "[long]\n\
        enter = 'timeframe(\"1d\", close > sma(close, 2)) or xs_rank(close - sma(close, 3)) >= 0.5'\n\
        exit = 'symbol(\"A\", close < close[1]) and xs_mean(if(close > open, 1, 0)) < 0.5'\n\
        [short]\nenter = 'xs_zscore(roc(close, 2)) > 1'\nexit = 'timeframe(\"1w\", close) > close'\n\
        [risk]\nstop_loss = 'timeframe(\"1d\", atr(1)) / 2 + 0.25'\n\
        [size]\nmax_positions = 2\nweight = '0.2 + 0.6 * xs_rank(volume)'\nrank = 'xs_rank(-close)'\n";

fn compiled(text: &str) -> Compiled {
    let strategy = Rules::parse("strategy.toml", text).unwrap_or_else(|e| panic!("{}", e[0]));
    compile(&strategy, ("strategy.toml", text)).unwrap_or_else(|e| panic!("{}", e[0]))
}

fn run(market: &Market) -> backtest::FoldRun {
    let fold = Fold { id: 0, span: Span::All, ticks: 0..market.timeline().len() };
    let settings = BacktestSettings { close_at_end: false, ..BacktestSettings::default() };
    backtest::run(&strategy(), market, &[fold], &settings, &CostSettings::default()).runs.remove(0)
}

proptest! {
    #![proptest_config(config(120))]

    /// Equity and trades up to a time are the same whatever comes after it, in any symbol.
    #[test]
    fn trades_up_to_a_time_depend_on_nothing_after_it(
        world in worlds(),
        part in 0.0..1.0,
        seed in any::<u64>(),
    ) {
        let Some(time) = time_of(&world, part) else { return Ok(()) };
        let market = world.market();
        // Where all bars are of one length, a tick is known as soon as its bars have ended.
        let step = world.symbols[0].step;
        if world.traded().any(|(_, symbol)| symbol.step != step) || step > 12 * HOUR {
            return Ok(());
        }
        let known = market.timeline().partition_point(|tick| tick + step <= time);
        let Some(altered) = altered(&world, time, seed) else { return Ok(()) };
        let altered = altered.market();
        let (before, after) = (run(&market), run(&altered));
        prop_assert!(same_bits(&before.equity[..known], &after.equity[..known]));
        // Ruin closes a position at its symbol's last bar, which may be long before: equity says when.
        let closed = |run: &backtest::FoldRun| {
            let ordered = run.trades.iter().filter(|trade| trade.reason != ExitReason::Ruin);
            let closed = ordered.filter(|trade| {
                market.symbols()[trade.symbol].time.get(trade.exit_index).is_some_and(|exit| exit + step <= time)
            });
            closed.cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(closed(&before), closed(&after));
    }

    /// Strategies that are evaluated together share what they have in common, and each does what it does alone.
    #[test]
    fn company_changes_nothing(world in worlds()) {
        let market = world.market();
        if run_if_short(&world, &market).is_none() {
            return Ok(());
        }
        let others = [("'1d'", "'4h'"), ("\"1d\"", "\"1w\""), ("sma(close, 3)", "open"), ("'A'", "'A'")];
        let texts = others.map(|(from, to)| EVERYTHING.replace(from, to));
        let strategies: Vec<Compiled> = texts.iter().map(|text| compiled(text)).collect();
        let folds = [Fold { id: 0, span: Span::All, ticks: 0..market.timeline().len() }];
        let (settings, costs) = (BacktestSettings::default(), CostSettings::default());
        let together =
            backtest::run_each(&strategies, &market, &folds, &settings, &costs, |backtest| backtest);
        for (strategy, together) in strategies.iter().zip(together) {
            prop_assert_eq!(backtest::run(strategy, &market, &folds, &settings, &costs), together);
        }
    }

    /// One thread or five: the same to the bit.
    #[test]
    fn threads_change_nothing(world in worlds(), tree in numbers(true)) {
        let text = tree.text(&world, &Place::default());
        let market = world.market();
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| (columns(&text, &market), run_if_short(&world, &market)))
        };
        let ((one, trades), (many, others)) = (with(1), with(5));
        prop_assert!(one.iter().zip(&many).all(|(a, b)| same_bits(a, b)), "{}", text);
        prop_assert_eq!(trades, others);
    }
}

/// The strategy puts bars together into days: those must be longer.
fn run_if_short(world: &World, market: &Market) -> Option<backtest::FoldRun> {
    world.traded().all(|(_, symbol)| symbol.step <= 12 * HOUR).then(|| run(market))
}

/// Values don't depend on where the blocks of the evaluation end: a symbol that is read by another with the same
/// calendar gives what it gives itself, over many blocks.
#[test]
fn blocks_change_nothing() {
    let bars = |name: &str, shift: usize| {
        let close: Vec<f64> =
            (0..3_000).map(|i| 20.0 + ((i * 7 + shift * 3) % 101) as f64).collect();
        Bars {
            clock: Clock::default(),
            symbol: name.into(),
            time: (0..3_000).map(|i| 1_704_067_200_000 + i * HOUR).collect(),
            open: close.clone(),
            high: close.iter().map(|x| x + 1.0).collect(),
            low: close.iter().map(|x| x - 1.0).collect(),
            volume: close.iter().map(|x| x % 5.0).collect(),
            close,
            funding: None,
        }
    };
    let market = Market::new(vec![bars("A", 0), bars("B", 1)]);
    for text in ["ema(close, 9)", "(close > sma(close, 7))[2]", "macd(close, 5, 9, 4).hist"] {
        let as_number = |text: &str| match text.contains('>') {
            true => format!("if({text}, 1, 0)"),
            false => text.into(),
        };
        let own = &columns(&as_number(text), &market)[1];
        let read = &columns(&as_number(&format!("symbol('B', {text})")), &market)[0];
        assert!(same_bits(own, read), "{text}");
        // A day is complete with its bar of 23:00, and its values are those of days alone.
        let days = &columns(&as_number(&format!("timeframe('1d', {text})")), &market)[1];
        let alone = Market::new(vec![daily(&market.symbols()[1])]);
        let alone = &columns(&as_number(text), &alone)[0];
        for (day, value) in alone.iter().enumerate().take(124) {
            let found = days[day * 24 + 23];
            assert!(
                found.to_bits() == value.to_bits() || found.is_nan() && value.is_nan(),
                "{text} {day}"
            );
        }
    }
}

fn daily(hourly: &Bars) -> Bars {
    let of = |column: &[f64], merge: &dyn Fn(&[f64]) -> f64| {
        column.chunks(24).map(merge).collect::<Vec<f64>>()
    };
    Bars {
        clock: Clock::default(),
        symbol: hourly.symbol.clone(),
        time: hourly.time.iter().copied().step_by(24).collect(),
        open: of(&hourly.open, &|x| x[0]),
        high: of(&hourly.high, &|x| x.iter().copied().fold(f64::MIN, f64::max)),
        low: of(&hourly.low, &|x| x.iter().copied().fold(f64::MAX, f64::min)),
        close: of(&hourly.close, &|x| x[x.len() - 1]),
        volume: of(&hourly.volume, &|x| x.iter().sum()),
        funding: None,
    }
}

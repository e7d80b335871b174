//! In-sample diagnostics: right, and of in-sample bars only.

use sprag::backtest::metrics::Metrics;
use sprag::check;
use sprag::diagnose::in_sample;
use sprag::evaluation::Arena;
use sprag::expr::{Graph, column, lower, parse};
use sprag::market::{Bars, Market};
use sprag::propose::Diagnostics;

use super::world::{market, program};

const STRATEGY: &str = "[params]\nn = 20\n[let]\nup = 'close > sma(close, n)'\n\
    [long]\nenter = 'up and close > open and rsi(close, 5) < 70'\nexit = 'not up or rsi(close, 5) > 90'\n\
    [short]\nenter = 'close < lowest(low, 30)[1]'\n[risk]\nmax_bars = 9\nstop_loss = '4%'\n";

const SPLIT: &str = "in_sample = 0.5\nholdout = 0.2\nholdout_min_bars = 0\n[costs]\nfee_bps = 20";

fn diagnose(market: &Market) -> Diagnostics {
    let program = program(SPLIT);
    let arena = Arena::new(&program, market).unwrap();
    in_sample(&arena, &check::read("s", STRATEGY).unwrap()).unwrap()
}

#[test]
fn they_are_the_numbers_of_the_in_sample_folds() {
    let (program, market) = (program(SPLIT), market());
    let arena = Arena::new(&program, &market).unwrap();
    let candidate = check::read("s", STRATEGY).unwrap();
    let found = in_sample(&arena, &candidate).unwrap();
    let backtest = arena.score(arena.backtest(&candidate.compiled)).unwrap().backtest;
    let runs = backtest.span(sprag::backtest::Span::InSample);
    let metrics = Metrics::of(&runs, backtest.bars_per_year);
    for (name, value) in &found.metrics {
        assert_eq!(*value, metrics.get(name).get(), "{name}");
    }
    assert_eq!(found.folds.len(), 2);
    let trades: Vec<_> = runs.iter().flat_map(|run| &run.trades).collect();
    assert!(trades.len() >= 10, "{}", trades.len());
    assert_eq!(found.folds.iter().map(|fold| fold.trades).sum::<usize>(), trades.len());
    assert_eq!(found.symbols.iter().map(|symbol| symbol.trades).sum::<usize>(), trades.len());
    assert_eq!(found.exits.iter().map(|exit| exit.trades).sum::<usize>(), trades.len());
    let cash = program.settings.backtest.cash;
    let profit: f64 = found.symbols.iter().map(|symbol| symbol.profit * cash).sum();
    let pnl: f64 = trades.iter().map(|trade| trade.pnl).sum();
    assert!((profit - pnl).abs() < 1e-6, "{profit} {pnl}");
    // Each fold starts with the same cash: what its costs are over.
    for (fold, run) in found.folds.iter().zip(&runs) {
        let costs = run.costs.fees + run.costs.slippage + run.costs.spread + run.costs.borrow;
        assert!((fold.costs * cash - costs).abs() < 1e-6 && costs > 0.0);
    }
    let worst = trades.iter().map(|trade| trade.net_return()).fold(f64::INFINITY, f64::min);
    assert_eq!(found.worst_trades[0].net_return.to_bits(), worst.to_bits());
    assert!(found.worst_trades.windows(2).all(|pair| pair[0].net_return <= pair[1].net_return));
}

#[test]
fn drafts_that_trade_too_seldom_to_be_accepted_come_after_those_that_lose() {
    let program = program(&format!("{SPLIT}\n[gates]\nmin_trades = 20"));
    let market = market();
    let arena = Arena::new(&program, &market).unwrap();
    let score = |enter: &str, bars: usize| {
        let text = format!("[long]\nenter = '{enter}'\n[risk]\nmax_bars = {bars}\n");
        let candidate = check::read("s", &text).unwrap();
        arena.score_in_sample(&candidate.compiled).unwrap()
    };
    // At 20 basis points a side, whoever is in and out every other day loses.
    let (loses, seldom) = (score("true", 1), score("true", 60));
    let never = score("close < 0", 1);
    assert!((-100.0..0.0).contains(&loses), "{loses}");
    assert!(never < seldom && seldom < -100.0, "{never} {seldom}");
}

#[test]
fn conditions_are_counted_bar_by_bar() {
    let (program, market) = (program(SPLIT), market());
    let arena = Arena::new(&program, &market).unwrap();
    let candidate = check::read("s", STRATEGY).unwrap();
    let found = in_sample(&arena, &candidate).unwrap();
    let rules: Vec<_> = found.conditions.iter().map(|c| (c.rule, c.condition.as_str())).collect();
    assert_eq!(
        rules,
        [
            ("long.enter", "up"),
            ("long.enter", "close > open"),
            ("long.enter", "rsi(close, 5) < 70"),
            ("long.exit", "not up"),
            ("long.exit", "rsi(close, 5) > 90"),
            ("short.enter", "close < lowest(low, 30)[1]"),
        ]
    );
    // Counted again the slow way, an expression at a time.
    let folds = arena.backtest_in_sample(&candidate.compiled).unwrap().runs;
    let ticks: Vec<usize> = folds
        .iter()
        .filter(|run| run.fold.span == sprag::backtest::Span::InSample)
        .flat_map(|run| run.fold.ticks.clone())
        .collect();
    let share = |text: &str| {
        let mut graph = Graph::default();
        let root = lower(&parse(text).unwrap(), &candidate.strategy.scope(), &mut graph).unwrap();
        let (mut bars, mut holds) = (0.0, 0.0);
        for (s, symbol) in market.symbols().iter().enumerate() {
            let values = column(&graph, root, symbol);
            for bar in ticks.iter().filter_map(|tick| market.placement(s).bar_at(*tick)) {
                bars += 1.0;
                holds += f64::from(u8::from(values[bar] > 0.0));
            }
        }
        holds / bars
    };
    for condition in &found.conditions {
        assert_eq!(condition.holds.to_bits(), share(&condition.condition).to_bits());
    }
    let alone: Vec<_> = found.conditions.iter().map(|c| c.alone_against).collect();
    let expected = [
        Some(share("not up and close > open and rsi(close, 5) < 70")),
        Some(share("up and not (close > open) and rsi(close, 5) < 70")),
        Some(share("up and close > open and not (rsi(close, 5) < 70)")),
        None,
        None,
        None,
    ];
    assert_eq!(alone, expected);
    assert!(alone.iter().flatten().all(|share| *share > 0.0), "{alone:?}");
}

/// Everything after the in-sample folds is another market: nobody is told.
#[test]
fn later_bars_change_nothing() {
    let told = diagnose(&market());
    // 200 ticks less the embargo are in-sample.
    let last_ms = 195 * 86_400_000;
    let shaken: Vec<Bars> = market()
        .symbols()
        .iter()
        .map(|bars| {
            let mut bars = bars.clone();
            for i in 0..bars.len() {
                if bars.time[i] >= last_ms {
                    let factor = 1.0 + 0.5 * (i as f64 * 0.7).cos();
                    for column in [&mut bars.open, &mut bars.high, &mut bars.low, &mut bars.close] {
                        column[i] *= factor;
                    }
                }
            }
            bars
        })
        .collect();
    assert_eq!(told, diagnose(&Market::new(shaken)));
}

//! Broken engines, each of which kills a canary, and the real one, which kills none.

use std::collections::BTreeSet;

use sprag::backtest::{self, Backtest, Fold, FoldRun, OpenTrade, Trade};
use sprag::canary::{self, Draws, Effort, Engine, Report, Run, values};
use sprag::check;
use sprag::evaluation::Arena;
use sprag::expr::functions::rows;
use sprag::expr::{Node, Target};
use sprag::market::{Bars, Market};
use sprag::program::{BacktestSettings, CostSettings};
use sprag::strategy::Compiled;

use super::markets::SHIPPED;
use crate::backtest::reference;
use crate::backtest::spoken::said;
use crate::backtest::words::{Said, World};

const INCUMBENT: &str = include_str!("../../../state/strategy.toml");

fn report(engine: &Engine<'_>) -> Report {
    let (program, market) = &*SHIPPED;
    let arena = Arena::new(program, market).unwrap();
    canary::run(engine, &arena, Some(INCUMBENT), Effort::QUICK)
}

/// The canaries that an engine kills.
fn dead(engine: &Engine<'_>) -> BTreeSet<&'static str> {
    let report = report(engine);
    let dead = report.canaries.iter().filter(|outcome| !outcome.pass);
    dead.map(|outcome| outcome.canary).collect()
}

#[track_caller]
fn kills(engine: &Engine<'_>, canaries: &[&'static str]) {
    assert_eq!(dead(engine), canaries.iter().copied().collect());
}

/// An engine whose accounts are others.
#[track_caller]
fn account_kills(run: &Run<'_>, canaries: &[&'static str]) {
    kills(&Engine { backtest: run, ..Engine::OWN }, canaries);
}

/// The second engine, on what `hear` makes of a market.
fn second(
    strategy: &Compiled,
    market: &Market,
    folds: &[Fold],
    (settings, costs): (&BacktestSettings, &CostSettings),
    hear: &dyn Fn(&Market) -> Vec<Vec<Said>>,
) -> Backtest {
    let symbols = market.symbols();
    let said = hear(market);
    let world = World {
        symbols,
        said: &said,
        slots: strategy.max_positions.map(|slots| slots as usize),
        max_bars: strategy.max_bars.map(|bars| bars as usize),
        settings,
        costs,
    };
    let timeline = market.timeline();
    let at = |tick: usize| timeline.get(tick).copied().unwrap_or(i64::MAX);
    let runs = folds.iter().map(|fold| {
        let result = reference::run(&world, at(fold.ticks.start), at(fold.ticks.end));
        account(fold, market, result)
    });
    let bars_per_year = backtest::bars_per_year(market, settings);
    Backtest { runs: runs.collect(), bars_per_year }
}

/// What the second engine found, as the first one says it.
fn account(fold: &Fold, market: &Market, result: crate::backtest::words::Result) -> FoldRun {
    let tick = |symbol: usize, bar: usize| {
        market.timeline().partition_point(|time| *time < market.symbols()[symbol].time[bar])
    };
    let trades: Vec<Trade> = result
        .trades
        .iter()
        .map(|trade| Trade {
            symbol: trade.symbol,
            side: trade.side,
            entry_index: trade.entry_index,
            entry_tick: tick(trade.symbol, trade.entry_index),
            entry_price: trade.entry_price,
            exit_index: trade.exit_index,
            exit_price: trade.exit_price,
            units: trade.units,
            pnl: trade.pnl,
            equity_at_entry: trade.equity_at_entry,
            costs: trade.costs,
            bars: trade.exit_index - trade.entry_index,
            reason: trade.reason,
        })
        .collect();
    let open = result.open.iter().map(|trade| OpenTrade {
        symbol: trade.symbol,
        side: trade.side,
        entry_index: trade.entry_index,
        entry_price: trade.entry_price,
        units: trade.units,
        mark_price: 0.0,
        pnl: 0.0,
        costs: backtest::CostTotals::default(),
        bars: 0,
    });
    let mut costs = backtest::CostTotals::default();
    trades.iter().for_each(|trade| costs.add(&trade.costs));
    FoldRun {
        fold: fold.clone(),
        equity: result.equity,
        open_trades: open.collect(),
        trades,
        costs,
        turnover: result.turnover,
        exposure: result.exposure,
        ruined: result.ruined,
    }
}

/// Each bar with the prices and the volume of the next one.
fn ahead(bars: &Bars) -> Bars {
    let next = |column: &[f64]| {
        let later = column.iter().skip(1).chain(column.last()).copied();
        later.collect::<Vec<f64>>()
    };
    Bars {
        open: next(&bars.open),
        high: next(&bars.high),
        low: next(&bars.low),
        close: next(&bars.close),
        volume: next(&bars.volume),
        ..bars.clone()
    }
}

fn each(market: &Market, change: impl Fn(&Bars) -> Bars) -> Market {
    Market::new(market.symbols().iter().map(change).collect())
}

#[test]
fn the_real_engine_kills_none() {
    let report = report(&Engine::OWN);
    assert!(report.pass, "{report}");
    assert_eq!(report.to_string(), "");
    let names: Vec<&str> = report.canaries.iter().map(|outcome| outcome.canary).collect();
    assert_eq!(names, ["prefix stability", "shuffled returns", "costs by hand", "no later bar"]);
}

/// What breaks the engines below is what they are given, not the second engine itself.
#[test]
fn the_second_engine_kills_none() {
    account_kills(
        &|s, m, f, settings, costs| second(s, m, f, (settings, costs), &|m| said(s, m)),
        &[],
    );
}

#[test]
fn values_of_the_next_bar_are_caught() {
    kills(
        &Engine {
            values: &|strategy, market| values(strategy, &each(market, ahead)),
            ..Engine::OWN
        },
        &["prefix stability"],
    );
}

#[test]
fn signals_of_the_next_bar_are_caught() {
    account_kills(
        &|s, m, f, settings, costs| {
            second(s, m, f, (settings, costs), &|m| said(s, &each(m, ahead)))
        },
        &["prefix stability", "shuffled returns", "costs by hand"],
    );
}

/// A symbol's own bars are what they were, but what it reads of others is a bar ahead.
#[test]
fn later_bars_of_other_symbols_are_caught() {
    let peek = |strategy: &Compiled, market: &Market| {
        let seen_by = |own: &Bars| {
            let other =
                |bars: &Bars| if bars.symbol == own.symbol { bars.clone() } else { ahead(bars) };
            each(market, other)
        };
        let symbols = market.symbols().iter().enumerate();
        symbols.map(|(s, own)| values(strategy, &seen_by(own)).swap_remove(s)).collect()
    };
    kills(&Engine { values: &peek, ..Engine::OWN }, &["prefix stability"]);
}

/// Longer bars that are there from their first bar on, as a data vendor's weekly file would have them.
#[test]
fn periods_that_are_not_complete_are_caught() {
    let peek = |strategy: &Compiled, market: &Market| {
        let mut all = values(strategy, market);
        for (columns, bars) in all.iter_mut().zip(market.symbols()) {
            for (id, column) in strategy.graph.ids().zip(columns) {
                let Node::Reach { target: Target::Timeframe(timeframe), .. } =
                    strategy.graph.node(id)
                else {
                    continue;
                };
                // What a bar of the next period sees is this one's.
                for bar in 0..bars.len() {
                    let (_, end) = timeframe.period(bars.time[bar]);
                    let next = bars.time.partition_point(|time| *time < end);
                    column[bar] = *column.get(next).unwrap_or(&f64::NAN);
                }
            }
        }
        all
    };
    kills(&Engine { values: &peek, ..Engine::OWN }, &["prefix stability"]);
}

/// One function of the tables that reads one bar ahead, any of them, in as many programs as the canaries
/// draw. The strategies that call them all mostly suffice, so they are asked first.
#[test]
fn a_peek_in_any_one_function_is_caught() {
    let (program, market) = &*SHIPPED;
    let arena = Arena::new(program, market).unwrap();
    let draws = Draws { markets: 0, strategies: 0 };
    let all = Effort { bars: 300, incumbent_bars: 300, ticks: 2, draws, ..Effort::QUICK };
    let few = Effort { programs: 0, ..all };
    let mut missed = Vec::new();
    for peeking in rows() {
        let peek = |strategy: &Compiled, market: &Market| {
            let mut all = values(strategy, market);
            for columns in &mut all {
                for (id, column) in strategy.graph.ids().zip(columns) {
                    let is_it = |id| name_of(strategy.graph.node(id)) == Some(peeking.name());
                    let output = strategy.graph.node(id).operands().iter().any(|call| is_it(*call));
                    if is_it(id)
                        || (output && matches!(strategy.graph.node(id), Node::Output { .. }))
                    {
                        column.rotate_left(1);
                    }
                }
            }
            all
        };
        let engine = Engine { values: &peek, ..Engine::OWN };
        let is_missed = |effort| canary::run(&engine, &arena, None, effort).canaries[0].pass;
        if is_missed(few) && is_missed(all) {
            missed.push(peeking.name());
        }
    }
    // On daily bars these are the same at each of them.
    assert_eq!(missed, ["hour", "minute", "session"]);
}

/// The function that a node calls.
fn name_of(node: &Node) -> Option<&'static str> {
    match node {
        Node::Call { function, .. } => Some(function.name),
        Node::Reach { target: Target::Symbol(_), .. } => Some("symbol"),
        Node::Reach { target: Target::Timeframe(_), .. } => Some("timeframe"),
        Node::Reach { target: Target::Universe(function), .. } => Some(function.name),
        _ => None,
    }
}

/// A weight that is scaled by a statistic of the whole sample.
#[test]
fn statistics_of_the_whole_sample_are_caught() {
    let hear = |strategy: &Compiled, market: &Market| {
        let mut said = said(strategy, market);
        for (bars, said) in market.symbols().iter().zip(&mut said) {
            let mean = bars.close.iter().sum::<f64>() / bars.len() as f64;
            let scaled = said.iter_mut().zip(&bars.close);
            scaled.for_each(|(said, close)| said.weight *= 0.5 * mean / close);
        }
        said
    };
    account_kills(
        &|s, m, f, settings, costs| second(s, m, f, (settings, costs), &|m| hear(s, m)),
        &["prefix stability", "costs by hand"],
    );
}

/// Orders of a close that are filled at the open before it.
#[test]
fn fills_in_the_past_are_caught() {
    let late = |bars: &Bars| {
        let before = bars.open.first().into_iter().chain(&bars.open).take(bars.len());
        Bars { open: before.copied().collect(), ..bars.clone() }
    };
    account_kills(
        &|s, m, f, settings, costs| {
            second(s, &each(m, late), f, (settings, costs), &|_| said(s, m))
        },
        &["shuffled returns", "costs by hand"],
    );
}

#[test]
fn marks_at_the_open_are_caught() {
    let at_open = |bars: &Bars| Bars { close: bars.open.clone(), ..bars.clone() };
    account_kills(
        &|s, m, f, settings, costs| {
            second(s, &each(m, at_open), f, (settings, costs), &|_| said(s, m))
        },
        &["costs by hand"],
    );
}

/// Stops that fill at their level even where a bar opens beyond it: 119.67 on the last bar of the
/// account by hand.
#[test]
fn stops_without_gaps_are_caught() {
    let no_gap = |bars: &Bars| {
        let open = bars.open.iter().map(|open| if *open > 119.0 { 119.67 } else { *open });
        Bars { open: open.collect(), ..bars.clone() }
    };
    account_kills(
        &|s, m, f, settings, costs| match m.symbols() {
            [bars] if bars.symbol == "BY HAND" => {
                backtest::run(s, &each(m, no_gap), f, settings, costs)
            }
            _ => backtest::run(s, m, f, settings, costs),
        },
        &["costs by hand"],
    );
}

#[test]
fn each_cost_that_is_wrong_is_caught() {
    type Mistake = fn(&CostSettings) -> CostSettings;
    let mistakes: [(&str, Mistake); 8] = [
        ("no fee", |c| CostSettings { fee_bps: 0.0, ..c.clone() }),
        ("a fee on one side", |c| CostSettings { fee_bps: c.fee_bps / 2.0, ..c.clone() }),
        ("no fixed fee", |c| CostSettings { fee_fixed: 0.0, ..c.clone() }),
        ("slippage to the account's good", |c| CostSettings {
            slippage_bps: -c.slippage_bps,
            ..c.clone()
        }),
        ("the whole spread on each side", |c| CostSettings {
            spread_bps: 2.0 * c.spread_bps,
            ..c.clone()
        }),
        ("no spread", |c| CostSettings { spread_bps: 0.0, ..c.clone() }),
        ("no borrow", |c| CostSettings { borrow_bps_per_year: 0.0, ..c.clone() }),
        ("a year of 360 days", |c| CostSettings {
            borrow_bps_per_year: c.borrow_bps_per_year * 365.0 / 360.0,
            ..c.clone()
        }),
    ];
    for (name, mistake) in mistakes {
        let run =
            |s: &Compiled,
             m: &Market,
             f: &[Fold],
             settings: &BacktestSettings,
             c: &CostSettings| { backtest::run(s, m, f, settings, &mistake(c)) };
        let dead = dead(&Engine { backtest: &run, ..Engine::OWN });
        assert!(dead.contains("costs by hand"), "{name}");
        assert!(!dead.contains("prefix stability"), "{name}");
    }
}

#[test]
fn funding_of_the_wrong_sign_or_none_is_caught() {
    let turned = |bars: &Bars| {
        let funding = bars.funding.as_ref().map(|rates| rates.iter().map(|rate| -rate).collect());
        Bars { funding, ..bars.clone() }
    };
    let none = |bars: &Bars| Bars { funding: None, ..bars.clone() };
    account_kills(
        &|s, m, f, settings, c| backtest::run(s, &each(m, turned), f, settings, c),
        &["costs by hand"],
    );
    account_kills(
        &|s, m, f, settings, c| backtest::run(s, &each(m, none), f, settings, c),
        &["costs by hand"],
    );
}

#[test]
fn lots_that_are_not_rounded_down_are_caught() {
    account_kills(
        &|s, m, f, settings, costs| {
            let settings = BacktestSettings { lot: 0.0, ..settings.clone() };
            backtest::run(s, m, f, &settings, costs)
        },
        &["costs by hand"],
    );
}

/// A parser that takes a minus for a slip, or lets a parameter through.
#[test]
fn a_language_with_a_way_to_the_future_is_caught() {
    let own = |text: &str| check::read("x", text).ok().map(|candidate| candidate.compiled);
    for (spelling, meant) in
        [("[-1]", "[1]"), ("[let_ahead]", "[1]"), ("[0 - 1]", "[1]"), (", -1)", ", 5)")]
    {
        let lax = |text: &str| own(&text.replace(spelling, meant));
        kills(&Engine { compile: &lax, ..Engine::OWN }, &["no later bar"]);
    }
}

/// An engine that refuses everything, or does nothing, proves nothing.
#[test]
fn an_engine_that_does_nothing_is_caught() {
    let refuses = |_: &str| None;
    let dead = dead(&Engine { compile: &refuses, ..Engine::OWN });
    assert!(dead.contains("no later bar") && dead.contains("costs by hand"));
}

//! A second, slow evaluation, written from `docs/language.md` alone: the value of an expression at the last of
//! a list of bars, from nothing but bars that have ended. It shares no code with the real one, so that where
//! both agree, the real one is causal as well as right.

use std::cell::RefCell;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::words::columns;
use super::world::{DAY, HOUR, Place, Tree, World, numbers, worlds};

/// A bar, and when it has ended. Times are moments or, of daily bars, dates.
#[derive(Debug, Clone)]
struct Bar {
    label: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    /// By its length, or by the calendar.
    end: i64,
    is_dated: bool,
    /// What clocks show at its label.
    shown: i64,
    /// What they show at its end if nobody touches them, and the least that they do show.
    shown_end: i64,
    shown_least: i64,
    /// By what its end is known to all: where it holds bars that reach further, later.
    surely: i64,
}

thread_local! {
    /// What clocks of a zone show at a time: looked up for each bar again and again.
    static CLOCKS: RefCell<BTreeMap<(&'static str, i64), i64>> = const { RefCell::new(BTreeMap::new()) };
}

/// What the market's clocks show, as a time at UTC.
fn clock(world: &World, time: i64) -> i64 {
    CLOCKS.with_borrow_mut(|clocks| {
        *clocks.entry((world.zone_name(), time)).or_insert_with(|| {
            let shown = Timestamp::from_millisecond(time).unwrap().to_zoned(world.zone());
            shown.datetime().to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond()
        })
    })
}

/// A symbol's own bars that are wanted.
fn native(world: &World, symbol: usize, is_wanted: impl Fn(&Bar) -> bool) -> Vec<Bar> {
    let symbol = &world.symbols[symbol];
    let bars = &symbol.bars;
    let is_dated = symbol.step == DAY;
    let shown = |time| if is_dated { time } else { clock(world, time) };
    let bar = |i: usize| {
        let (label, end) = (bars.time[i], bars.time[i] + symbol.step);
        let shown_end = shown(label) + symbol.step;
        Bar {
            label,
            open: bars.open[i],
            high: bars.high[i],
            low: bars.low[i],
            close: bars.close[i],
            volume: bars.volume[i],
            end,
            is_dated,
            shown: shown(label),
            shown_end,
            shown_least: shown_end.min(shown(end)),
            surely: end,
        }
    };
    (0..bars.len()).map(bar).filter(is_wanted).collect()
}

/// Whether another symbol's own bar has ended by the close of this one: dates and moments meet by clocks.
fn has_ended(other: &Bar, by: &Bar) -> bool {
    if other.is_dated == by.is_dated {
        other.end <= by.end
    } else {
        other.shown_end <= by.shown_least
    }
}

/// The same, put together by timeframes one after the other.
fn put_together(world: &World, symbol: usize, frames: &[&str], by: i64) -> Vec<Bar> {
    let bars = native(world, symbol, |bar| bar.shown_end <= by);
    frames.iter().fold(bars, |bars, name| periods(world, &bars, name, by))
}

/// Start and end of the period of the calendar that a clock time lies in.
fn period(name: &str, time: i64) -> (i64, i64) {
    let zoned = Timestamp::from_millisecond(time).unwrap().to_zoned(TimeZone::UTC);
    let midnight = |day: Date| day.to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond();
    let today = zoned.date();
    let hours = |n: i64| {
        let start = midnight(today) + (time - midnight(today)) / (n * HOUR / 2) * (n * HOUR / 2);
        (start, start + n * HOUR / 2)
    };
    match name {
        "30m" => hours(1),
        "1h" => hours(2),
        "4h" => hours(8),
        "1d" => (midnight(today), midnight(today.tomorrow().unwrap())),
        "1w" => {
            let mut monday = today;
            while monday.weekday() != jiff::civil::Weekday::Monday {
                monday = monday.yesterday().unwrap();
            }
            let next = (0..7).fold(monday, |day, _| day.tomorrow().unwrap());
            (midnight(monday), midnight(next))
        }
        "1M" => {
            let next = if today.month() == 12 {
                date(today.year() + 1, 1, 1)
            } else {
                date(today.year(), today.month() + 1, 1)
            };
            (midnight(today.first_of_month()), midnight(next))
        }
        _ => panic!("{name}"),
    }
}

/// When a period began that clocks show as `start`: where they show it twice, the last time before its bar.
fn began(world: &World, start: i64, bar: &Bar) -> i64 {
    if bar.is_dated {
        return start;
    }
    let shown = Timestamp::from_millisecond(start).unwrap().to_zoned(TimeZone::UTC).datetime();
    let at = |moment: jiff::Zoned| moment.timestamp().as_millisecond();
    let ambiguous = world.zone().to_ambiguous_zoned(shown);
    let later = at(ambiguous.clone().later().unwrap());
    if later <= bar.label { later } else { at(ambiguous.earlier().unwrap()) }
}

/// Bars put together; the last period is left out unless it is over by a clock time, or one of its own bars
/// ends it.
fn periods(world: &World, bars: &[Bar], name: &str, by: i64) -> Vec<Bar> {
    let is_day = ["1d", "1w", "1M"].contains(&name);
    let mut out: Vec<Bar> = Vec::new();
    // Where the last one starts, if it still takes bars.
    let mut open = None;
    for bar in bars {
        let (start, end) = period(name, bar.shown);
        // By how much clocks are ahead.
        let ahead = bar.shown_end - bar.end;
        match out.last_mut() {
            Some(last) if open == Some(start) => {
                last.high = last.high.max(bar.high);
                last.low = last.low.min(bar.low);
                last.close = bar.close;
                last.volume += bar.volume;
                last.end = end - ahead;
                last.surely = last.surely.max(latest_shown(bar));
            }
            last => {
                let mut label = if is_day { start } else { began(world, start, bar) };
                if let Some(last) = last {
                    if open.is_some() {
                        last.end = last.end.min(bar.end);
                    }
                    label = label.max(last.label + 1);
                }
                let shown = if is_day || bar.is_dated { label } else { clock(world, label) };
                out.push(Bar {
                    label,
                    shown,
                    end: end - ahead,
                    shown_end: end,
                    shown_least: end,
                    surely: end.max(latest_shown(bar)),
                    ..bar.clone()
                });
                open = Some(start);
            }
        }
        let reaches = if is_day { bar.shown_least } else { bar.shown_end };
        if let Some(last) = out.last_mut().filter(|_| reaches >= end) {
            last.end = last.end.min(bar.end);
            open = None;
        }
    }
    if open.is_some() && out.last().is_some_and(|last| last.shown_end > by) {
        out.pop();
    }
    for period in out.iter_mut().filter(|period| !is_day && !period.is_dated) {
        // Where clocks go back at its end, what they show comes once more.
        period.shown_least = period.shown_end.min(clock(world, period.end));
    }
    out
}

/// What clocks show when a bar has surely ended.
fn latest_shown(bar: &Bar) -> i64 {
    // A bar of a symbol's own ends so long after its label; a period knows by itself.
    if bar.surely == bar.end { bar.shown_end } else { bar.surely }
}

fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

fn defined(x: f64) -> f64 {
    if x.is_finite() { x } else { f64::NAN }
}

/// Whether an expression is a condition: what is undefined is false then.
fn is_condition(tree: &Tree) -> bool {
    match tree {
        Tree::Not(_) => true,
        Tree::Binary(op, ..) => !["+", "-", "/"].contains(op),
        Tree::Lag(x, _) | Tree::Symbol(_, x) | Tree::Timeframe(_, x) => is_condition(x),
        _ => false,
    }
}

/// The value at the last of these bars, which are those of `place`, of `symbol` if that is the universe.
fn value(tree: &Tree, world: &World, place: &Place, symbol: usize, bars: &[Bar]) -> f64 {
    let nothing = if is_condition(tree) { 0.0 } else { f64::NAN };
    let Some(now) = bars.last() else { return nothing };
    let at = |tree: &Tree| value(tree, world, place, symbol, bars);
    match tree {
        Tree::Series("open") => now.open,
        Tree::Series("high") => now.high,
        Tree::Series("low") => now.low,
        Tree::Series("close") => now.close,
        Tree::Series(_) => now.volume,
        Tree::Constant(x) => f64::from(*x),
        Tree::Lag(x, n) => {
            let before = bars.len().saturating_sub(*n);
            value(x, world, place, symbol, &bars[..before])
        }
        Tree::Window(function, x, n) => {
            if bars.len() < *n {
                return f64::NAN;
            }
            let ago = |n| value(x, world, place, symbol, &bars[..bars.len() - n]);
            let values: Vec<f64> = (0..*n).map(ago).collect();
            if values.iter().any(|x| x.is_nan()) {
                return f64::NAN;
            }
            match *function {
                "sma" => values.iter().rev().sum::<f64>() / *n as f64,
                _ => values.into_iter().fold(f64::NEG_INFINITY, f64::max),
            }
        }
        Tree::Other(_, x) => at(x).abs(),
        Tree::Binary(op, left, right) => binary(op, at(left), at(right)),
        Tree::Not(x) => truth(at(x) <= 0.0),
        Tree::If(condition, a, b) => {
            if at(condition) > 0.0 {
                at(a)
            } else {
                at(b)
            }
        }
        Tree::Symbol(choice, x) => {
            let other = choice % world.symbols.len();
            let there = Place { symbol: Some(other), frames: Vec::new() };
            value(x, world, &there, other, &native(world, other, |bar| has_ended(bar, now)))
        }
        Tree::Timeframe(choice, x) => match place.timeframe(world, *choice) {
            // Nothing is over merely because time has passed: a bar says so.
            Some(name) => {
                let there = place.put_together(name);
                value(x, world, &there, symbol, &periods(world, bars, name, i64::MIN))
            }
            None => at(x),
        },
        Tree::Universe(function, x) if place.is_of_universe(world) => {
            universe(function, x, world, place, symbol, now)
        }
        Tree::Universe(_, x) => at(x),
    }
}

fn binary(op: &str, a: f64, b: f64) -> f64 {
    match op {
        "+" => defined(a + b),
        "-" => defined(a - b),
        "/" => defined(a / b),
        ">" => truth(a > b),
        "<=" => truth(a <= b),
        "==" => truth(a == b),
        "and" => truth(a > 0.0 && b > 0.0),
        _ => truth(a > 0.0 || b > 0.0),
    }
}

/// Compares the symbols that have a bar of the same label which has ended at the same time.
fn universe(
    function: &str,
    x: &Tree,
    world: &World,
    place: &Place,
    symbol: usize,
    now: &Bar,
) -> f64 {
    let there = Place { symbol: None, frames: place.frames.clone() };
    let mut own = f64::NAN;
    let mut values = Vec::new();
    for (s, _) in world.traded() {
        let by = if place.frames.is_empty() { i64::MAX } else { now.surely };
        let bars = put_together(world, s, &place.frames, by);
        let same = |bar: &Bar| bar.label == now.label && bar.surely == now.surely;
        let Some(last) = bars.iter().position(same) else { continue };
        let x = value(x, world, &there, s, &bars[..=last]);
        if s == symbol {
            own = x;
        }
        if !x.is_nan() {
            values.push(x);
        }
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    match function {
        "xs_mean" => mean,
        "xs_rank" if own.is_nan() => f64::NAN,
        "xs_rank" if values.len() == 1 => 0.5,
        "xs_rank" => {
            let lower = values.iter().filter(|x| **x < own).count() as f64;
            let equal = values.iter().filter(|x| **x == own).count() as f64 - 1.0;
            (lower + equal / 2.0) / (n - 1.0)
        }
        _ if values.iter().all(|x| *x == values[0]) => f64::NAN,
        _ => {
            let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
            (own - mean) / variance.sqrt()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_are_those_of_the_slow_evaluation(world in worlds(), tree in numbers(false)) {
        let text = tree.text(&world, &Place::default());
        let found = columns(&text, &world.market());
        for (column, (s, symbol)) in found.iter().zip(world.traded()) {
            prop_assert_eq!(column.len(), symbol.bars.len());
            for bar in (0..column.len()).step_by(5).chain(column.len().checked_sub(1)) {
                let own = native(&world, s, |own| own.label <= symbol.bars.time[bar]);
                let expected = value(&tree, &world, &Place::default(), s, &own);
                let (found, name) = (column[bar], &symbol.bars.symbol);
                let close = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
                prop_assert!(
                    close || (found.is_nan() && expected.is_nan()),
                    "{} of {} is {} at {}, expected {}",
                    text, name, found, sprag::market::format_time(symbol.bars.time[bar]), expected
                );
            }
        }
    }
}

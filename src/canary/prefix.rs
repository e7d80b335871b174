//! Prefix stability: what was computed and done up to a tick is the same to the bit whatever the bars
//! after it are, and whether there are any.
//!
//! Equity and closed trades alone would miss a signal that reads one bar ahead: it is filled a bar
//! later, which it may know by then. So the values of all sub-expressions are compared too, and an
//! alteration leaves the opens of its first tick as they are: what is filled at them must not change.

use rayon::prelude::*;

use super::engine::{Engine, Program};
use super::markets::{altered, first_from, stretch};
use crate::backtest::{ExitReason, FoldRun, Trade, whole};
use crate::market::{BarLength, Market, TimeMs};
use crate::program::{BacktestSettings, Settings};
use crate::rng::Rng;

/// A market, and what else might have become of it.
pub(super) struct Futures {
    market: Market,
    others: Vec<Other>,
}

/// The same market up to a tick.
struct Other {
    since: Since,
    market: Market,
    how: &'static str,
}

/// A tick from which on bars are others.
struct Since {
    tick: usize,
    time: TimeMs,
    /// Per symbol, the first bar that is another.
    first: Vec<usize>,
    /// Per symbol, the first bar whose open is another.
    first_open: Vec<usize>,
}

/// What was seen on one market.
struct Seen {
    /// Per symbol, per sub-expression, per bar.
    values: Vec<Vec<Vec<f64>>>,
    run: Option<FoldRun>,
}

impl Futures {
    /// At each of these ticks, the market ends, or goes on with other bars.
    pub(super) fn of(market: Market, ticks: &[usize], rng: &mut Rng) -> Self {
        let mut others = Vec::new();
        for tick in ticks.iter().map(|tick| settled(&market, *tick)) {
            let since = Since::new(&market, tick, false);
            let ends = stretch(&market, 0..tick, usize::MAX);
            others.push(Other { since, market: ends, how: "the data ends there" });
            let since = Since::new(&market, tick, true);
            let goes_on = altered(&market, tick, rng);
            if shows_lengths(&goes_on, since.time) {
                others.push(Other { since, market: goes_on, how: "later bars are altered" });
            }
        }
        Self { market, others }
    }

    /// In how many ways the market becomes another.
    pub(super) fn count(&self) -> usize {
        self.others.len()
    }

    /// What programs do differently, one finding per program; how many values were compared.
    pub(super) fn look(
        &self,
        engine: &Engine<'_>,
        settings: &Settings,
        programs: &[Program],
    ) -> (Vec<String>, usize) {
        let looks: Vec<(Option<String>, usize)> =
            programs.par_iter().map(|program| self.one(engine, settings, program)).collect();
        let compared = looks.iter().map(|(_, compared)| compared).sum();
        (looks.into_iter().filter_map(|(finding, _)| finding).collect(), compared)
    }

    fn one(
        &self,
        engine: &Engine<'_>,
        settings: &Settings,
        program: &Program,
    ) -> (Option<String>, usize) {
        // What is closed because the data ends depends on where it ends.
        let account = BacktestSettings { close_at_end: false, ..settings.backtest.clone() };
        let see = |market: &Market| {
            let folds = [whole(market.timeline())];
            let strategy = &program.compiled;
            let backtest = (engine.backtest)(strategy, market, &folds, &account, &settings.costs);
            let values = (engine.values)(strategy, market);
            Seen { values, run: backtest.runs.into_iter().next() }
        };
        let known = see(&self.market);
        let mut compared = 0;
        for Other { since, market, how } in &self.others {
            let found = see(market);
            compared += since.count(&found.values);
            if let Some(what) = since.difference(&known, &found) {
                let at = since.tick;
                let finding =
                    format!("{what} up to tick {at} is another if {how}:\n{}", program.text);
                return (Some(finding), compared);
            }
        }
        (None, compared)
    }
}

impl Since {
    fn new(market: &Market, tick: usize, same_opens: bool) -> Self {
        let time = market.timeline().get(tick).copied().unwrap_or(i64::MAX);
        let first_after = |time| market.symbols().iter().map(move |bars| first_from(bars, time));
        let first: Vec<usize> = first_after(time).collect();
        let first_open =
            if same_opens { first_after(time.saturating_add(1)).collect() } else { first.clone() };
        Self { tick, time, first, first_open }
    }

    /// How many of these values lie before it.
    fn count(&self, values: &[Vec<Vec<f64>>]) -> usize {
        values.iter().zip(&self.first).map(|(columns, first)| columns.len() * first).sum()
    }

    /// The first thing before it that differs.
    fn difference(&self, known: &Seen, found: &Seen) -> Option<&'static str> {
        if !self.same_values(&known.values, &found.values) {
            return Some("the value of an expression");
        }
        let (Some(known), Some(found)) = (&known.run, &found.run) else {
            return Some("the account");
        };
        if !same_start(&known.equity, &found.equity, self.tick) {
            return Some("equity");
        }
        if self.closed(known) != self.closed(found) {
            return Some("a closed trade");
        }
        if self.entries(known) != self.entries(found) {
            return Some("an entry");
        }
        (self.exits(known) != self.exits(found)).then_some("an exit at an open")
    }

    fn same_values(&self, known: &[Vec<Vec<f64>>], found: &[Vec<Vec<f64>>]) -> bool {
        let same = |known: &[Vec<f64>], found: &[Vec<f64>], first| {
            known.len() == found.len()
                && known.iter().zip(found).all(|(known, found)| same_start(known, found, first))
        };
        known.len() == found.len()
            && known.len() == self.first.len()
            && known.iter().zip(found).zip(&self.first).all(|((a, b), first)| same(a, b, *first))
    }

    fn closed<'a>(&self, run: &'a FoldRun) -> Vec<&'a Trade> {
        run.trades.iter().filter(|trade| trade.exit_index < self.first[trade.symbol]).collect()
    }

    /// Symbol, bar, side, and price and units as bits of what was entered, in this order.
    fn entries(&self, run: &FoldRun) -> Vec<(usize, usize, bool, u64, u64)> {
        let closed =
            run.trades.iter().map(|t| (t.symbol, t.entry_index, t.side, t.entry_price, t.units));
        let open = run
            .open_trades
            .iter()
            .map(|t| (t.symbol, t.entry_index, t.side, t.entry_price, t.units));
        let mut entries: Vec<_> = closed
            .chain(open)
            .filter(|(symbol, bar, ..)| *bar < self.first_open[*symbol])
            .map(|(symbol, bar, side, price, units)| {
                (symbol, bar, side.sign() > 0.0, price.to_bits(), units.to_bits())
            })
            .collect();
        entries.sort_unstable();
        entries
    }

    /// Symbol, bar and price as bits of what was left at an open because it was ordered.
    fn exits(&self, run: &FoldRun) -> Vec<(usize, usize, u64)> {
        let ordered = |t: &&Trade| {
            matches!(t.reason, ExitReason::Signal | ExitReason::Flip | ExitReason::MaxBars)
                && t.exit_index < self.first_open[t.symbol]
        };
        let exits = run.trades.iter().filter(ordered);
        exits.map(|t| (t.symbol, t.exit_index, t.exit_price.to_bits())).collect()
    }
}

/// A tick, or a later one, up to which all symbols have shown how long their bars are.
fn settled(market: &Market, mut tick: usize) -> usize {
    let ticks = market.timeline().len();
    while tick + 1 < ticks && !shows_lengths(market, market.timeline()[tick]) {
        tick += (ticks - tick) / 2;
    }
    tick
}

/// Whether the bars before a time are as long as all of them, by their labels. What is read on other bars
/// hangs on lengths, which the first [`LENGTH_SAMPLE`](crate::market::LENGTH_SAMPLE) bars settle: a market
/// that becomes another within them may be one of another feed, and its values are others by right.
fn shows_lengths(market: &Market, time: TimeMs) -> bool {
    market.symbols().iter().chain(market.context()).all(|bars| {
        let known = &bars.time[..first_from(bars, time)];
        known.is_empty() || BarLength::of(known) == BarLength::of(&bars.time)
    })
}

/// Whether two columns are equal to the bit up to a place; undefined is undefined.
fn same_start(a: &[f64], b: &[f64], end: usize) -> bool {
    let (Some(a), Some(b)) = (a.get(..end), b.get(..end)) else { return false };
    let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    a.iter().zip(b).all(same)
}

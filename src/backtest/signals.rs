//! What a strategy wants at the close of each bar of one symbol.

use crate::expr::{Evaluator, NodeId, Supplied};
use crate::market::Bars;
use crate::strategy::{Compiled, Distance};

/// Conditions of one bar, as bits: a byte per bar whatever the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

const LONG_ENTER: u8 = 1;
const LONG_EXIT: u8 = 2;
const SHORT_ENTER: u8 = 4;
const SHORT_EXIT: u8 = 8;

impl Flags {
    /// Whether a position on a side (+1 long, -1 short) is to be entered.
    pub(super) fn enter(self, sign: f64) -> bool {
        self.0 & if sign > 0.0 { LONG_ENTER } else { SHORT_ENTER } != 0
    }

    /// Whether a position on a side is to be left.
    pub(super) fn exit(self, sign: f64) -> bool {
        self.0 & if sign > 0.0 { LONG_EXIT } else { SHORT_EXIT } != 0
    }

    /// Whether nothing is to be done.
    pub(super) fn is_quiet(self) -> bool {
        self.0 == 0
    }
}

/// A risk distance at each bar.
#[derive(Debug, Clone, PartialEq)]
pub enum DistanceColumn {
    /// In price units, per bar; undefined is NaN.
    Price(Vec<f64>),
    /// The same fraction of the price at every bar.
    Fraction(f64),
}

/// All that a strategy says about one symbol, per bar, as of that bar's close.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Signals {
    pub(super) flags: Vec<Flags>,
    pub(super) stop_loss: Option<DistanceColumn>,
    pub(super) take_profit: Option<DistanceColumn>,
    pub(super) trailing_stop: Option<DistanceColumn>,
    pub(super) weight: Option<Vec<f64>>,
    pub(super) rank: Option<Vec<f64>>,
}

impl Signals {
    /// Evaluates a strategy over a symbol's bars; `supplied` is what it takes from others.
    pub fn of(strategy: &Compiled, bars: &Bars, supplied: &Supplied) -> Self {
        let mut roots: Vec<NodeId> = Vec::new();
        let mut conditions: Vec<u8> = Vec::new();
        let sides =
            [(strategy.long, LONG_ENTER, LONG_EXIT), (strategy.short, SHORT_ENTER, SHORT_EXIT)];
        for (rules, enter, exit) in sides {
            let Some(rules) = rules else { continue };
            roots.push(rules.enter);
            conditions.push(enter);
            roots.extend(rules.exit);
            conditions.extend(rules.exit.map(|_| exit));
        }
        let distances = [strategy.stop_loss, strategy.take_profit, strategy.trailing_stop];
        let prices = distances.iter().filter_map(|distance| match distance {
            Some(Distance::Price(id)) => Some(*id),
            _ => None,
        });
        roots.extend(prices.chain(strategy.weight).chain(strategy.rank));

        let numbers = roots.len() - conditions.len();
        let mut flags: Vec<Flags> = Vec::with_capacity(bars.len());
        let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(bars.len()); numbers];
        Evaluator::new(&strategy.graph, &roots).run_with(bars, supplied, |range, values| {
            let start = flags.len();
            flags.resize(start + range.len(), Flags(0));
            for (bit, column) in conditions.iter().zip(values) {
                for (flag, value) in flags[start..].iter_mut().zip(*column) {
                    flag.0 |= if *value > 0.0 { *bit } else { 0 };
                }
            }
            for (column, block) in columns.iter_mut().zip(&values[conditions.len()..]) {
                column.extend_from_slice(block);
            }
        });

        let mut columns = columns.into_iter();
        let mut distance = |distance: Option<Distance>| match distance? {
            Distance::Price(_) => columns.next().map(DistanceColumn::Price),
            Distance::Fraction(fraction) => Some(DistanceColumn::Fraction(fraction)),
        };
        let [stop_loss, take_profit, trailing_stop] = distances.map(&mut distance);
        let weight = strategy.weight.and_then(|_| columns.next());
        let rank = strategy.rank.and_then(|_| columns.next());
        Self { flags, stop_loss, take_profit, trailing_stop, weight, rank }
    }
}

impl DistanceColumn {
    /// The distance of a level from `price`, decided at the close of `bar`; none where it is
    /// undefined or not positive.
    pub(super) fn at(&self, bar: usize, price: f64) -> Option<f64> {
        let distance = match self {
            Self::Price(column) => column[bar],
            Self::Fraction(fraction) => price * fraction,
        };
        (distance.is_finite() && distance > 0.0).then_some(distance)
    }
}

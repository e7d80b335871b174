//! What a strategy asks of an entry: how far its levels hang, how much, and how urgent it is.

use crate::expr::NodeId;
use crate::strategy::{self, Compiled};

/// Most numbers that an entry has: three distances, weight and rank.
pub(super) const MAX_NUMBERS: usize = 5;

/// Where the terms of an entry are among its numbers, which are as of the signal bar.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Terms {
    pub stop_loss: Option<Distance>,
    pub take_profit: Option<Distance>,
    pub trailing_stop: Option<Distance>,
    weight: Option<usize>,
    rank: Option<usize>,
}

/// How far a level hangs from its price.
#[derive(Debug, Clone, Copy)]
pub(super) enum Distance {
    /// In price units: this number of the entry.
    Price(usize),
    /// As a fraction of the price it hangs on.
    Fraction(f64),
}

impl Terms {
    /// The terms of a strategy, and the nodes of an entry's numbers.
    pub(super) fn of(strategy: &Compiled) -> (Self, Vec<NodeId>) {
        let mut nodes: Vec<NodeId> = Vec::new();
        let mut number = |id: NodeId| {
            nodes.push(id);
            nodes.len() - 1
        };
        let mut distance = |distance: strategy::Distance| match distance {
            strategy::Distance::Price(id) => Distance::Price(number(id)),
            strategy::Distance::Fraction(fraction) => Distance::Fraction(fraction),
        };
        let [stop_loss, take_profit, trailing_stop] =
            [strategy.stop_loss, strategy.take_profit, strategy.trailing_stop]
                .map(|written| written.map(&mut distance));
        let [weight, rank] = [strategy.weight, strategy.rank].map(|id| id.map(&mut number));
        (Self { stop_loss, take_profit, trailing_stop, weight, rank }, nodes)
    }

    /// The part of a slot's equity that an entry with these numbers gets.
    pub(super) fn weight(&self, numbers: &[f64]) -> f64 {
        self.weight.map_or(1.0, |at| numbers[at])
    }

    /// Who gets a slot first: the highest. An undefined rank comes last.
    pub(super) fn rank(&self, numbers: &[f64]) -> f64 {
        let rank = self.rank.map_or(0.0, |at| numbers[at]);
        if rank.is_nan() { f64::NEG_INFINITY } else { rank }
    }
}

impl Distance {
    /// The distance of a level from `price` for an entry with these numbers; none where it is undefined
    /// or not positive.
    pub(super) fn from(self, price: f64, numbers: &[f64]) -> Option<f64> {
        let distance = match self {
            Self::Price(at) => numbers[at],
            Self::Fraction(fraction) => price * fraction,
        };
        (distance.is_finite() && distance > 0.0).then_some(distance)
    }
}

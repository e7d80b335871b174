//! What a strategy of the language says at each close, as the second engine hears it.

use sprag::expr::{NodeId, column};
use sprag::market::Bars;
use sprag::strategy::{Compiled, Distance as Rule, Rules};

use super::words::{Distance, Said};

/// What a strategy says about one symbol, per bar.
pub fn said(strategy: &Compiled, bars: &Bars) -> Vec<Said> {
    let number = |node: NodeId| column(&strategy.graph, node, bars);
    let condition = |node: Option<NodeId>| match node {
        Some(node) => number(node).iter().map(|value| *value > 0.0).collect(),
        None => vec![false; bars.len()],
    };
    let side = |rules: Option<Rules>| {
        (condition(rules.map(|rules| rules.enter)), condition(rules.and_then(|rules| rules.exit)))
    };
    let (long_enter, long_exit) = side(strategy.long);
    let (short_enter, short_exit) = side(strategy.short);
    let distance = |rule: Option<Rule>| -> Vec<Option<Distance>> {
        match rule {
            None => vec![None; bars.len()],
            Some(Rule::Fraction(part)) => vec![Some(Distance::Part(part)); bars.len()],
            Some(Rule::Price(node)) => {
                number(node).into_iter().map(|x| Some(Distance::Price(x))).collect()
            }
        }
    };
    let or =
        |node: Option<NodeId>, default: f64| node.map_or_else(|| vec![default; bars.len()], number);
    let (stop, target) = (distance(strategy.stop_loss), distance(strategy.take_profit));
    let trailing = distance(strategy.trailing_stop);
    let (weight, rank) = (or(strategy.weight, 1.0), or(strategy.rank, 0.0));
    let at = |i: usize| Said {
        long_enter: long_enter[i],
        long_exit: long_exit[i],
        short_enter: short_enter[i],
        short_exit: short_exit[i],
        weight: weight[i],
        rank: rank[i],
        stop: stop[i],
        target: target[i],
        trailing: trailing[i],
    };
    (0..bars.len()).map(at).collect()
}

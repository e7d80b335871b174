//! What a strategy of the language says at each close, as the second engine hears it.

use sprag::canary::values;
use sprag::expr::NodeId;
use sprag::market::Market;
use sprag::strategy::{Compiled, Distance as Rule, Rules};

use super::words::{Distance, Said};

/// What a strategy says about each symbol, per bar.
pub fn said(strategy: &Compiled, market: &Market) -> Vec<Vec<Said>> {
    let values = values(strategy, market);
    let each = market.symbols().iter().zip(&values);
    each.map(|(bars, columns)| about(strategy, bars.len(), columns)).collect()
}

/// The same about one symbol of so many bars, from the column of each node.
fn about(strategy: &Compiled, bars: usize, columns: &[Vec<f64>]) -> Vec<Said> {
    let number = |node: NodeId| columns[node.index()].clone();
    let condition = |node: Option<NodeId>| match node {
        Some(node) => number(node).iter().map(|value| *value > 0.0).collect(),
        None => vec![false; bars],
    };
    let side = |rules: Option<Rules>| {
        (condition(rules.map(|rules| rules.enter)), condition(rules.and_then(|rules| rules.exit)))
    };
    let (long_enter, long_exit) = side(strategy.long);
    let (short_enter, short_exit) = side(strategy.short);
    let distance = |rule: Option<Rule>| -> Vec<Option<Distance>> {
        match rule {
            None => vec![None; bars],
            Some(Rule::Fraction(part)) => vec![Some(Distance::Part(part)); bars],
            Some(Rule::Price(node)) => {
                number(node).into_iter().map(|x| Some(Distance::Price(x))).collect()
            }
        }
    };
    let or = |node: Option<NodeId>, default: f64| node.map_or_else(|| vec![default; bars], number);
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
    (0..bars).map(at).collect()
}

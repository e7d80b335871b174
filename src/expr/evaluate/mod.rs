//! The graph over the bars of one symbol, in blocks that stay in cache.
//!
//! A node is computed once per block, by a [`step`] that reads and writes columns of the block:
//! numbers as `f64`, conditions as bits. [`plan`] orders the steps and lets columns share memory, and
//! groups of roots are handed out as soon as they are there, so that the values of thousands of
//! candidates never exist at the same time.

mod columns;
mod plan;
mod step;

use std::collections::BTreeMap;
use std::ops::Range;

use super::bits;
use super::graph::{Graph, NodeId, Type};
use crate::market::Bars;
use crate::wide::append;
use columns::{Columns, Place};
use step::{Source, Step};

/// Bars per block, a multiple of a word's: a column of a block is 8 KiB, so the columns of a usual
/// strategy stay in L2 and those that a step works on in L1.
pub const BLOCK: usize = 1_024;

/// Computes groups of nodes of a graph over bars. One evaluator serves one symbol once: steps carry
/// state and start afresh only in a new evaluator.
pub struct Evaluator {
    steps: Vec<Step>,
    columns: Columns,
    groups: Vec<Vec<Place>>,
}

/// Values per bar that are computed elsewhere, by the nodes that ask for them; conditions are 1.0 and 0.0.
pub type Supplied = BTreeMap<NodeId, Vec<f64>>;

/// A group's values over a block of bars.
pub struct Block<'a> {
    /// The group.
    pub group: usize,
    /// The bars.
    pub bars: Range<usize>,
    roots: &'a [Place],
    columns: &'a Columns,
    source: &'a Bars,
}

/// One root's values over a block.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// A number per bar; undefined is NaN.
    Numbers(&'a [f64]),
    /// A bit per bar; bits past the last bar mean nothing.
    Holds(&'a [u64]),
}

impl Evaluator {
    /// Prepares to compute groups of roots, and only what they need.
    pub fn new(graph: &Graph, groups: &[Vec<NodeId>]) -> Self {
        plan::evaluator(graph, groups)
    }

    /// Runs over all bars; per block, the groups go to `sink` in their order. What is computed on other
    /// bars is undefined, and a condition false.
    pub fn run(self, bars: &Bars, sink: impl FnMut(&Block<'_>)) {
        self.run_with(bars, &Supplied::new(), sink);
    }

    /// The same with what was computed elsewhere, a value per bar each.
    pub fn run_with(mut self, bars: &Bars, supplied: &Supplied, mut sink: impl FnMut(&Block<'_>)) {
        let mut start = 0;
        while start < bars.len() {
            let range = start..(start + BLOCK).min(bars.len());
            for step in &mut self.steps {
                let Some(group) = step.group() else {
                    step.run(&mut self.columns, &Source { bars, supplied, range: &range });
                    continue;
                };
                sink(&Block {
                    group,
                    bars: range.clone(),
                    roots: &self.groups[group],
                    columns: &self.columns,
                    source: bars,
                });
            }
            start = range.end;
        }
    }
}

impl Block<'_> {
    /// The values of the group's root at this position.
    pub fn root(&self, at: usize) -> Values<'_> {
        match self.roots[at] {
            Place::Number(column) => {
                Values::Numbers(self.columns.numbers(column, self.source, &self.bars))
            }
            Place::Condition(slot) => Values::Holds(self.columns.holds(slot, self.bars.len())),
        }
    }
}

/// What stands where a node has no value: a condition is never undefined.
pub(super) fn nothing(graph: &Graph, id: NodeId) -> f64 {
    if graph.kind(id) == Type::Condition { 0.0 } else { f64::NAN }
}

/// One node's values over all bars: undefined values are NaN, conditions 1.0 and 0.0.
pub fn column(graph: &Graph, root: NodeId, bars: &Bars) -> Vec<f64> {
    columns(graph, &[root], bars, &Supplied::new()).pop().unwrap_or_default()
}

/// The values of several nodes over all bars, given what was computed elsewhere.
pub fn columns(graph: &Graph, roots: &[NodeId], bars: &Bars, supplied: &Supplied) -> Vec<Vec<f64>> {
    let mut columns: Vec<Vec<f64>> = roots.iter().map(|_| Vec::with_capacity(bars.len())).collect();
    Evaluator::new(graph, &[roots.to_vec()]).run_with(bars, supplied, |block| {
        for (at, column) in columns.iter_mut().enumerate() {
            match block.root(at) {
                Values::Numbers(numbers) => append(numbers, column),
                Values::Holds(holds) => {
                    column.resize(block.bars.end, 0.0);
                    bits::unpack(holds, &mut column[block.bars.clone()]);
                }
            }
        }
    });
    columns
}

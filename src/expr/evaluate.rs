//! The graph over the bars of one symbol, in blocks that stay in cache.

use std::ops::Range;

use super::functions::{self, Delay, Operator};
use super::graph::{Graph, Node, NodeId, Type};
use super::{BinaryOp, Series};
use crate::market::Bars;

/// Bars per block: a column of a block is 8 KiB, so the columns of a usual strategy stay in L2 and
/// those that an operator works on in L1.
pub const BLOCK: usize = 1_024;

/// Computes chosen nodes of a graph over bars. One evaluator serves one symbol once: operators carry
/// state and start afresh only in a new evaluator.
pub struct Evaluator {
    steps: Vec<Step>,
    /// One column of [`BLOCK`] values per step output.
    arena: Vec<f64>,
    roots: Vec<Column>,
}

/// Where a node's values of the current block are.
#[derive(Clone, Copy)]
enum Column {
    /// In the bars themselves.
    Bars(Series),
    /// At this column of the arena.
    Arena(usize),
}

struct Step {
    work: Work,
    inputs: Vec<Column>,
    /// First arena column of its outputs.
    output: usize,
    width: usize,
}

enum Work {
    /// A constant: filled in once.
    Filled,
    /// What the market's clocks show at the bars, as numbers.
    Time,
    Neg,
    Not,
    Binary(BinaryOp),
    Run(Box<dyn Operator>),
}

impl Evaluator {
    /// Prepares to compute `roots`, and only what they need.
    pub fn new(graph: &Graph, roots: &[NodeId]) -> Self {
        let mut needed = vec![false; graph.len()];
        let mut open: Vec<NodeId> = roots.to_vec();
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut needed[id.index()], true) {
                open.extend(graph.node(id).operands());
            }
        }
        let mut columns = vec![Column::Arena(0); graph.len()];
        let mut evaluator = Self { steps: Vec::new(), arena: Vec::new(), roots: Vec::new() };
        for id in graph.ids().filter(|id| needed[id.index()]) {
            columns[id.index()] = evaluator.prepare(graph, id, &columns);
        }
        evaluator.roots = roots.iter().map(|id| columns[id.index()]).collect();
        evaluator
    }

    /// Adds the step that computes a node, unless its values are there already.
    fn prepare(&mut self, graph: &Graph, id: NodeId, columns: &[Column]) -> Column {
        let node = graph.node(id);
        let work = match node {
            Node::Series(Series::Time) => Work::Time,
            Node::Series(series) => return Column::Bars(*series),
            Node::Output { call, index } => {
                return match columns[call.index()] {
                    Column::Arena(first) => Column::Arena(first + index),
                    column @ Column::Bars(_) => column,
                };
            }
            Node::Constant(_) => Work::Filled,
            Node::Neg(_) => Work::Neg,
            Node::Not(_) => Work::Not,
            Node::Binary(op, ..) => Work::Binary(*op),
            Node::Lag { bars, .. } => {
                let before = if graph.kind(id) == Type::Condition { 0.0 } else { f64::NAN };
                Work::Run(Box::new(Lag(Delay::new(*bars as usize, before))))
            }
            Node::Call { function, constants, .. } => Work::Run((function.build)(constants)),
        };
        let output = self.arena.len() / BLOCK;
        let width = node.width();
        let fill = if let Node::Constant(value) = node { *value } else { 0.0 };
        self.arena.resize((output + width) * BLOCK, fill);
        let inputs = node.operands().iter().map(|id| columns[id.index()]).collect();
        self.steps.push(Step { work, inputs, output, width });
        Column::Arena(output)
    }

    /// Runs over all bars and hands each block's root columns, in the order of the roots, to `sink`.
    pub fn run(mut self, bars: &Bars, mut sink: impl FnMut(Range<usize>, &[&[f64]])) {
        let mut start = 0;
        while start < bars.len() {
            let range = start..(start + BLOCK).min(bars.len());
            for step in &mut self.steps {
                step.run(&mut self.arena, bars, range.clone());
            }
            let roots: Vec<&[f64]> =
                self.roots.iter().map(|root| root.read(&self.arena, bars, &range)).collect();
            sink(range.clone(), &roots);
            start = range.end;
        }
    }
}

impl Column {
    fn read<'a>(self, arena: &'a [f64], bars: &'a Bars, range: &Range<usize>) -> &'a [f64] {
        match self {
            Self::Arena(column) => &arena[column * BLOCK..][..range.len()],
            Self::Bars(Series::Open) => &bars.open[range.clone()],
            Self::Bars(Series::High) => &bars.high[range.clone()],
            Self::Bars(Series::Low) => &bars.low[range.clone()],
            Self::Bars(Series::Close | Series::Time) => &bars.close[range.clone()],
            Self::Bars(Series::Volume) => &bars.volume[range.clone()],
        }
    }
}

impl Step {
    fn run(&mut self, arena: &mut [f64], bars: &Bars, range: Range<usize>) {
        // A node's operands were prepared before it, so they lie below its own columns.
        let (below, own) = arena.split_at_mut(self.output * BLOCK);
        let read = |i: usize| self.inputs[i].read(below, bars, &range);
        let out = &mut own[..range.len()];
        match &mut self.work {
            Work::Filled => {}
            Work::Time => bars.clock_times(range, out),
            Work::Neg => {
                for (out, x) in out.iter_mut().zip(read(0)) {
                    *out = -x;
                }
            }
            Work::Not => {
                for (out, x) in out.iter_mut().zip(read(0)) {
                    *out = 1.0 - x;
                }
            }
            Work::Binary(op) => combine(*op, read(0), read(1), out),
            Work::Run(operator) => {
                let inputs: Vec<&[f64]> = (0..self.inputs.len()).map(read).collect();
                let mut outputs: Vec<&mut [f64]> = own
                    .chunks_mut(BLOCK)
                    .take(self.width)
                    .map(|column| &mut column[..range.len()])
                    .collect();
                operator.advance(&inputs, &mut outputs);
                // One place keeps every number finite or undefined, whatever a function computes.
                for column in outputs {
                    for value in column {
                        *value = functions::defined(*value);
                    }
                }
            }
        }
    }
}

/// A binary operator over a block; the match is outside the loop so that each loop is vectorised.
fn combine(op: BinaryOp, a: &[f64], b: &[f64], out: &mut [f64]) {
    macro_rules! each {
        ($op:expr) => {
            for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                *out = functions::binary($op, *a, *b);
            }
        };
    }
    match op {
        BinaryOp::Or => each!(BinaryOp::Or),
        BinaryOp::And => each!(BinaryOp::And),
        BinaryOp::Less => each!(BinaryOp::Less),
        BinaryOp::LessEqual => each!(BinaryOp::LessEqual),
        BinaryOp::Greater => each!(BinaryOp::Greater),
        BinaryOp::GreaterEqual => each!(BinaryOp::GreaterEqual),
        BinaryOp::Equal => each!(BinaryOp::Equal),
        BinaryOp::NotEqual => each!(BinaryOp::NotEqual),
        BinaryOp::Add => each!(BinaryOp::Add),
        BinaryOp::Subtract => each!(BinaryOp::Subtract),
        BinaryOp::Multiply => each!(BinaryOp::Multiply),
        BinaryOp::Divide => each!(BinaryOp::Divide),
        BinaryOp::Remainder => each!(BinaryOp::Remainder),
    }
}

/// `x[n]`.
struct Lag(Delay);

impl Operator for Lag {
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        self.0.run(inputs[0], outputs[0]);
    }
}

/// One node's values over all bars; undefined values are NaN.
pub fn column(graph: &Graph, root: NodeId, bars: &Bars) -> Vec<f64> {
    let mut values = Vec::with_capacity(bars.len());
    Evaluator::new(graph, &[root]).run(bars, |_, roots| values.extend_from_slice(roots[0]));
    values
}

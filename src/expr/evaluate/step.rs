//! One computation over a block.

use std::array;
use std::ops::Range;

use super::columns::{Column, Columns};
use super::{BLOCK, Supplied};
use crate::expr::functions::{self, Delay, MAX_COLUMNS, Operator};
use crate::expr::graph::NodeId;
use crate::expr::{BinaryOp, bits};
use crate::market::Bars;
use crate::wide::wide;

/// What is computed, from which columns, and where it goes.
pub(super) struct Step {
    pub work: Work,
    /// Columns that it reads.
    pub numbers: Vec<Column>,
    /// Conditions that it reads, as slots.
    pub bits: Vec<usize>,
    /// Slot of its output: of the numbers or of the bits, as the work has it.
    pub output: usize,
}

pub(super) enum Work {
    Numbers(NumberWork),
    Bits(BitWork),
    /// Nothing: all roots of this group are there.
    Emit(usize),
}

/// What gives numbers.
pub(super) enum NumberWork {
    /// What the market's clocks show at the bars.
    Time,
    Neg,
    Arithmetic(BinaryOp),
    Lag(Delay),
    Call(Box<dyn Operator>),
    /// A condition as 1.0 and 0.0.
    Truth,
    /// What was computed elsewhere for this node.
    Supplied(NodeId),
}

/// What gives bits.
pub(super) enum BitWork {
    Not,
    And,
    Or,
    Compare(BinaryOp),
    Lag(bits::Delay),
    Call(Box<dyn Operator>),
    /// Whether a number is above zero.
    Positive,
    /// What was computed elsewhere for this node.
    Supplied(NodeId),
}

impl Step {
    /// The group whose roots are there once this step is reached, if it is such a step.
    pub fn group(&self) -> Option<usize> {
        match self.work {
            Work::Emit(group) => Some(group),
            _ => None,
        }
    }

    /// Visits the slots that it reads.
    pub fn each_read(&mut self, mut visit: impl FnMut(&mut usize)) {
        for column in &mut self.numbers {
            if let Column::Slot { slot, .. } = column {
                visit(slot);
            }
        }
        self.bits.iter_mut().for_each(visit);
    }

    /// Computes the block of these bars.
    pub fn run(&mut self, columns: &mut Columns, source: &Source<'_>) {
        match &mut self.work {
            Work::Numbers(work) => {
                let mut output = columns.take_numbers(self.output);
                let inputs = Inputs { numbers: &self.numbers, bits: &self.bits, columns, source };
                output.defined = work.run(&inputs, &mut output.values);
                columns.put_numbers(self.output, output);
            }
            Work::Bits(work) => {
                let mut output = columns.take_bits(self.output);
                let inputs = Inputs { numbers: &self.numbers, bits: &self.bits, columns, source };
                work.run(&inputs, &mut output[..bits::words(source.range.len())]);
                columns.put_bits(self.output, output);
            }
            Work::Emit(_) => {}
        }
    }
}

/// Where a block's inputs come from.
pub(super) struct Source<'a> {
    pub bars: &'a Bars,
    /// What was computed elsewhere.
    pub supplied: &'a Supplied,
    /// The bars of the block.
    pub range: &'a Range<usize>,
}

impl<'a> Source<'a> {
    /// A node's values that were computed elsewhere, if they were.
    fn supplied(&self, node: NodeId) -> Option<&'a [f64]> {
        self.supplied.get(&node)?.get(self.range.clone())
    }
}

/// What a step reads.
struct Inputs<'a> {
    numbers: &'a [Column],
    bits: &'a [usize],
    columns: &'a Columns,
    source: &'a Source<'a>,
}

impl<'a> Inputs<'a> {
    fn number(&self, at: usize) -> &'a [f64] {
        self.columns.numbers(self.numbers[at], self.source.bars, self.source.range)
    }

    fn holds(&self, at: usize) -> &'a [u64] {
        self.columns.holds(self.bits[at], self.source.range.len())
    }

    /// All columns of numbers; those beyond their count are empty.
    fn all(&self) -> [&'a [f64]; MAX_COLUMNS] {
        let mut columns = self.numbers.iter();
        array::from_fn(|_| match columns.next() {
            Some(column) => self.columns.numbers(*column, self.source.bars, self.source.range),
            None => &[],
        })
    }
}

impl NumberWork {
    /// Writes the outputs, a block's length apart; whether all values are known to be defined.
    fn run(&mut self, inputs: &Inputs<'_>, outputs: &mut [f64]) -> bool {
        let Source { bars: source, range, .. } = *inputs.source;
        let bars = range.len();
        let out = &mut outputs[..bars];
        match self {
            Self::Time => {
                source.clock_times(range.clone(), out);
                true
            }
            Self::Neg => {
                for (out, x) in out.iter_mut().zip(inputs.number(0)) {
                    *out = -x;
                }
                false
            }
            Self::Arithmetic(op) => {
                combine(*op, inputs.number(0), inputs.number(1), out);
                false
            }
            Self::Lag(delay) => {
                delay.run(inputs.number(0), out);
                false
            }
            Self::Truth => {
                bits::unpack(inputs.holds(0), out);
                true
            }
            Self::Supplied(node) => {
                match inputs.source.supplied(*node) {
                    Some(values) => out.copy_from_slice(values),
                    None => out.fill(f64::NAN),
                }
                false
            }
            Self::Call(operator) => {
                let width = outputs.len() / BLOCK;
                let mut columns = outputs.chunks_mut(BLOCK).map(|column| &mut column[..bars]);
                let mut columns: [&mut [f64]; MAX_COLUMNS] =
                    array::from_fn(|_| columns.next().unwrap_or_default());
                let columns = &mut columns[..width];
                operator.advance(&inputs.all()[..inputs.numbers.len()], columns);
                // One place keeps every number finite or undefined, whatever a function computes.
                let mut defined = true;
                for column in columns {
                    // Each of them is settled, whatever the others are.
                    defined &= settle(column);
                }
                defined
            }
        }
    }
}

impl BitWork {
    fn run(&mut self, inputs: &Inputs<'_>, out: &mut [u64]) {
        match self {
            Self::Not => {
                for (out, word) in out.iter_mut().zip(inputs.holds(0)) {
                    *out = !word;
                }
            }
            Self::And => each_word(inputs, out, |a, b| a & b),
            Self::Or => each_word(inputs, out, |a, b| a | b),
            Self::Compare(op) => compare(*op, inputs.number(0), inputs.number(1), out),
            Self::Lag(delay) => delay.run(inputs.holds(0), out),
            Self::Positive => bits::pack(inputs.number(0), out),
            Self::Supplied(node) => match inputs.source.supplied(*node) {
                Some(values) => bits::pack(values, out),
                None => out.fill(0),
            },
            Self::Call(operator) => {
                let defined =
                    inputs.numbers.iter().all(|column| inputs.columns.is_defined(*column));
                operator.test(&inputs.all()[..inputs.numbers.len()], defined, out);
            }
        }
    }
}

fn each_word(inputs: &Inputs<'_>, out: &mut [u64], join: impl Fn(u64, u64) -> u64) {
    for ((out, a), b) in out.iter_mut().zip(inputs.holds(0)).zip(inputs.holds(1)) {
        *out = join(*a, *b);
    }
}

/// An arithmetic operator over a block; the match is outside the loop so that each loop is vectorised.
fn combine(op: BinaryOp, a: &[f64], b: &[f64], out: &mut [f64]) {
    macro_rules! each {
        ($op:expr) => {
            wide!({
                for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                    *out = functions::arithmetic($op, *a, *b);
                }
            })
        };
    }
    match op {
        BinaryOp::Add => each!(BinaryOp::Add),
        BinaryOp::Subtract => each!(BinaryOp::Subtract),
        BinaryOp::Multiply => each!(BinaryOp::Multiply),
        BinaryOp::Divide => each!(BinaryOp::Divide),
        _ => each!(BinaryOp::Remainder),
    }
}

/// A comparison over a block.
fn compare(op: BinaryOp, a: &[f64], b: &[f64], out: &mut [u64]) {
    macro_rules! each {
        ($op:expr) => {
            bits::compare(a, b, out, |a, b| functions::holds($op, a, b))
        };
    }
    match op {
        BinaryOp::Less => each!(BinaryOp::Less),
        BinaryOp::LessEqual => each!(BinaryOp::LessEqual),
        BinaryOp::Greater => each!(BinaryOp::Greater),
        BinaryOp::GreaterEqual => each!(BinaryOp::GreaterEqual),
        BinaryOp::Equal => each!(BinaryOp::Equal),
        _ => each!(BinaryOp::NotEqual),
    }
}

/// Makes infinite values undefined; whether all values are defined. Nearly all blocks need no more
/// than the look.
fn settle(column: &mut [f64]) -> bool {
    const LANES: usize = 8;
    wide!({
        // Zero times anything finite is zero, and NaN otherwise.
        let mut lanes = [0.0; LANES];
        let (chunks, rest) = column.as_chunks::<LANES>();
        for chunk in chunks {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                *lane += 0.0 * value;
            }
        }
        let residue = rest.iter().fold(0.0, |sum, value| sum + 0.0 * value);
        let defined = lanes.iter().fold(residue, |sum, lane| sum + lane) == 0.0;
        if !defined {
            for value in column {
                *value = functions::defined(*value);
            }
        }
        defined
    })
}

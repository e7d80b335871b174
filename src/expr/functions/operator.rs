//! What computes a node: operators that carry their state from block to block.

use std::array;

use crate::expr::{BinaryOp, bits};

/// Most columns that an operator reads, and most that it writes.
pub const MAX_COLUMNS: usize = 8;

/// One running computation over consecutive bars.
///
/// An operator is fed the bars of one symbol in order, in blocks of any length. Its outputs up to a
/// bar depend on nothing after that bar and not on where the blocks end, which is what makes results
/// independent of block size and free of look-ahead. An undefined value is NaN on both sides; inputs
/// are finite otherwise, and the evaluator makes an infinite output undefined.
pub trait Operator: Send {
    /// Reads the next block. All inputs and outputs have the same length.
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]);

    /// The same for a function whose values are conditions, as [`bits`] instead of 1.0 and 0.0.
    /// `defined` says that no input has an undefined value in this block.
    fn test(&mut self, inputs: &[&[f64]], _defined: bool, holds: &mut [u64]) {
        const CHUNK: usize = 4 * bits::WORD;
        let mut column = [0.0; CHUNK];
        let bars = inputs.first().map_or(0, |input| input.len());
        for (start, holds) in (0..bars).step_by(CHUNK).zip(holds.chunks_mut(bits::words(CHUNK))) {
            let range = start..bars.min(start + CHUNK);
            let column = &mut column[..range.len()];
            let part: [&[f64]; MAX_COLUMNS] =
                array::from_fn(|i| inputs.get(i).map_or(&[][..], |input| &input[range.clone()]));
            self.advance(&part[..inputs.len()], &mut [column]);
            bits::pack(column, holds);
        }
    }
}

/// An operator that reads I inputs and writes O outputs, a bar at a time.
pub(super) fn per_bar<const I: usize, const O: usize>(
    step: impl FnMut([f64; I]) -> [f64; O] + Send + 'static,
) -> Box<dyn Operator> {
    Box::new(PerBar(step))
}

struct PerBar<const I: usize, const O: usize, F: FnMut([f64; I]) -> [f64; O]>(F);

impl<const I: usize, const O: usize, F: FnMut([f64; I]) -> [f64; O] + Send> Operator
    for PerBar<I, O, F>
{
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        let bars = outputs[0].len();
        let inputs: [&[f64]; I] = array::from_fn(|i| &inputs[i][..bars]);
        for bar in 0..bars {
            let values = (self.0)(array::from_fn(|i| inputs[i][bar]));
            for (output, value) in outputs.iter_mut().zip(values) {
                output[bar] = value;
            }
        }
    }
}

/// An operator with one input and one output, a value at a time.
pub(super) fn map(mut step: impl FnMut(f64) -> f64 + Send + 'static) -> Box<dyn Operator> {
    columns(move |[x], out| {
        for (out, x) in out.iter_mut().zip(x) {
            *out = step(*x);
        }
    })
}

/// An operator that reads I whole columns and writes one: for what is worth a loop of its own.
pub(super) fn columns<const I: usize>(
    advance: impl FnMut([&[f64]; I], &mut [f64]) + Send + 'static,
) -> Box<dyn Operator> {
    Box::new(Columns(advance))
}

struct Columns<const I: usize, F: FnMut([&[f64]; I], &mut [f64])>(F);

impl<const I: usize, F: FnMut([&[f64]; I], &mut [f64]) + Send> Operator for Columns<I, F> {
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        (self.0)(array::from_fn(|i| inputs[i]), outputs[0]);
    }
}

/// A condition as a value of its column.
#[inline]
pub(super) fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

/// An operator whose values are conditions and that writes them as bits.
pub(super) fn condition<const I: usize>(
    test: impl FnMut([&[f64]; I], bool, &mut [u64]) + Send + 'static,
) -> Box<dyn Operator> {
    Box::new(Condition(test))
}

struct Condition<const I: usize, F: FnMut([&[f64]; I], bool, &mut [u64])>(F);

impl<const I: usize, F: FnMut([&[f64]; I], bool, &mut [u64]) + Send> Operator for Condition<I, F> {
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        let mut holds = vec![0; bits::words(outputs[0].len())];
        self.test(inputs, false, &mut holds);
        bits::unpack(&holds, outputs[0]);
    }

    fn test(&mut self, inputs: &[&[f64]], defined: bool, holds: &mut [u64]) {
        (self.0)(array::from_fn(|i| inputs[i]), defined, holds);
    }
}

/// A binary operator on two numbers; a comparison comes out as 1.0 or 0.0.
pub(crate) fn binary(op: BinaryOp, a: f64, b: f64) -> f64 {
    if op.is_comparison() { truth(holds(op, a, b)) } else { arithmetic(op, a, b) }
}

/// A comparison: false with an undefined value, `!=` included.
#[inline]
#[expect(clippy::float_cmp, reason = "`==` of the language is exact equality")]
pub(crate) fn holds(op: BinaryOp, a: f64, b: f64) -> bool {
    match op {
        BinaryOp::Less => a < b,
        BinaryOp::LessEqual => a <= b,
        BinaryOp::Greater => a > b,
        BinaryOp::GreaterEqual => a >= b,
        BinaryOp::Equal => a == b,
        // Unlike `a != b`, false where either is undefined.
        _ => (a < b) | (a > b),
    }
}

/// An arithmetic operator.
#[inline]
pub(crate) fn arithmetic(op: BinaryOp, a: f64, b: f64) -> f64 {
    defined(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide => a / b,
        _ => a.rem_euclid(b),
    })
}

/// Infinities, which only a division by zero or an overflow makes, are undefined.
#[inline]
pub(crate) fn defined(value: f64) -> f64 {
    // Zero times infinity is NaN; zero times anything finite leaves the value as it is.
    value + 0.0 * value
}

//! What computes a node: operators that carry their state from block to block.

use std::array;

use crate::expr::BinaryOp;

/// One running computation over consecutive bars.
///
/// An operator is fed the bars of one symbol in order, in blocks of any length. Its outputs up to a
/// bar depend on nothing after that bar and not on where the blocks end, which is what makes results
/// independent of block size and free of look-ahead. An undefined value is NaN on both sides; inputs
/// are finite otherwise, and the evaluator makes an infinite output undefined.
pub trait Operator: Send {
    /// Reads the next block. All inputs and outputs have the same length.
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]);
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

/// A binary operator on two values: conditions come out as 1.0 and 0.0, and anything compared with
/// an undefined value is false, `!=` included.
#[inline]
pub(crate) fn binary(op: BinaryOp, a: f64, b: f64) -> f64 {
    #[expect(clippy::float_cmp, reason = "`==` of the language is exact equality")]
    let holds = match op {
        BinaryOp::Or => a > 0.0 || b > 0.0,
        BinaryOp::And => a > 0.0 && b > 0.0,
        BinaryOp::Less => a < b,
        BinaryOp::LessEqual => a <= b,
        BinaryOp::Greater => a > b,
        BinaryOp::GreaterEqual => a >= b,
        BinaryOp::Equal => a == b,
        BinaryOp::NotEqual => a != b && !a.is_nan() && !b.is_nan(),
        BinaryOp::Add => return defined(a + b),
        BinaryOp::Subtract => return defined(a - b),
        BinaryOp::Multiply => return defined(a * b),
        BinaryOp::Divide => return defined(a / b),
        BinaryOp::Remainder => return defined(a.rem_euclid(b)),
    };
    truth(holds)
}

/// Infinities, which only a division by zero or an overflow makes, are undefined.
#[inline]
pub(crate) fn defined(value: f64) -> f64 {
    // Zero times infinity is NaN; zero times anything finite leaves the value as it is.
    value + 0.0 * value
}

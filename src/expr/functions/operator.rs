//! What computes a node: operators that carry their state from block to block.

use crate::expr::BinaryOp;

/// One running computation over consecutive bars.
///
/// An operator is fed the bars of one symbol in order, in blocks of any length. Its outputs up to a
/// bar depend on nothing after that bar and not on where the blocks end, which is what makes results
/// independent of block size and free of look-ahead. An undefined value is NaN on both sides.
pub trait Operator: Send {
    /// Reads the next block. All inputs and outputs have the same length.
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]);
}

/// One input, one output, a value at a time.
pub(super) struct Map1<F>(pub F);

impl<F: FnMut(f64) -> f64 + Send> Operator for Map1<F> {
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        for (out, x) in outputs[0].iter_mut().zip(inputs[0]) {
            *out = (self.0)(*x);
        }
    }
}

/// Two inputs, one output, a value at a time.
pub(super) struct Map2<F>(pub F);

impl<F: FnMut(f64, f64) -> f64 + Send> Operator for Map2<F> {
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        for ((out, x), y) in outputs[0].iter_mut().zip(inputs[0]).zip(inputs[1]) {
            *out = (self.0)(*x, *y);
        }
    }
}

/// Three inputs, one output, a value at a time.
pub(super) struct Map3<F>(pub F);

impl<F: FnMut(f64, f64, f64) -> f64 + Send> Operator for Map3<F> {
    fn advance(&mut self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        let rows = inputs[0].iter().zip(inputs[1]).zip(inputs[2]);
        for (out, ((x, y), z)) in outputs[0].iter_mut().zip(rows) {
            *out = (self.0)(*x, *y, *z);
        }
    }
}

/// A binary operator on two values: conditions come out as 1.0 and 0.0, and anything compared with
/// an undefined value is false, `!=` included.
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
        BinaryOp::Add => return a + b,
        BinaryOp::Subtract => return a - b,
        BinaryOp::Multiply => return a * b,
        BinaryOp::Divide => return defined(a / b),
        BinaryOp::Remainder => return defined(a.rem_euclid(b)),
    };
    f64::from(u8::from(holds))
}

/// Infinities, which only a division by zero or an overflow makes, are undefined.
pub(super) fn defined(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

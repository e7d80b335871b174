//! `er(x, n)`: the efficiency ratio.

use super::kernel::{Delay, Sliding, Sum};
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "er",
    group: Group::Oscillator,
    summary: "Kaufman's efficiency ratio, 0 to 1: the distance from x[n] to x divided by \
              the sum of the n steps between them; 1 for a straight way, undefined where x \
              didn't move.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let n = c[0] as usize;
        let (mut before, mut path) = (Delay::new(n, f64::NAN), Sliding::<Sum>::new(n));
        let mut last = f64::NAN;
        map(move |x| {
            let distance = (x - before.push(x)).abs();
            let path = path.push((x - std::mem::replace(&mut last, x)).abs()).0;
            // Rounding must not make a way shorter than its distance.
            distance / if path < distance { distance } else { path }
        })
    },
    fold: None,
    example: "er(close, 20) > 0.5",
};

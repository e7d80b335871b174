//! The highest or lowest value of a window, a whole column at a time.
//!
//! The extreme of 4, 16, 64, … values is that of four quarters, and a window of any length is up to four such
//! stretches, the last of which may overlap. No bar waits for the one before, so that every step is a vector instruction.

use std::marker::PhantomData;

use super::levels::{CHUNK, Levels};
use super::{Sliding, Summary};
use crate::wide::wide;

/// Longest window that is put together from stretches: what a chunk costs grows with the window.
const MOST: usize = 256;

/// Extremes of the last n values.
pub(in crate::expr::functions) enum Extreme<S: Summary<Value = f64>> {
    /// Of a usual window.
    Doubling(Doubling<S>),
    /// Of a long one.
    Sliding(Sliding<S>),
}

impl<S: Summary<Value = f64> + Into<f64>> Extreme<S> {
    /// A window of n values, at first all undefined.
    pub(in crate::expr::functions) fn new(n: usize) -> Self {
        if n <= MOST { Self::Doubling(Doubling::new(n)) } else { Self::Sliding(Sliding::new(n)) }
    }

    /// The extreme at each value goes to `out`.
    pub(in crate::expr::functions) fn run(&mut self, x: &[f64], out: &mut [f64]) {
        match self {
            Self::Doubling(window) => window.run(x, out),
            Self::Sliding(window) => window.run(x, out, S::into),
        }
    }
}

/// Windows that are put together from stretches.
pub(in crate::expr::functions) struct Doubling<S> {
    n: usize,
    extremes: Levels,
    /// For how many more values an undefined one may be in the window.
    unclear: usize,
    kind: PhantomData<S>,
}

impl<S: Summary<Value = f64> + Into<f64>> Doubling<S> {
    fn new(n: usize) -> Self {
        Self { n, extremes: Levels::new(n), unclear: n, kind: PhantomData }
    }

    fn run(&mut self, x: &[f64], out: &mut [f64]) {
        wide!({
            for (x, out) in x.chunks(CHUNK).zip(out.chunks_mut(CHUNK)) {
                if is_undefined_somewhere(x) {
                    self.unclear = self.n + x.len();
                }
                if self.unclear > 0 {
                    self.unclear = self.unclear.saturating_sub(x.len());
                    self.fill(x, out, |older, newer| S::of(older).then(S::of(newer)).into());
                } else {
                    self.fill(x, out, |older, newer| {
                        S::of(older).then_defined(S::of(newer)).into()
                    });
                }
            }
        });
    }

    /// Takes a chunk of values. Of equal ones the older is kept, so that it makes no difference how a window
    /// is put together.
    #[inline(always)]
    fn fill(&mut self, x: &[f64], out: &mut [f64], join: impl Fn(f64, f64) -> f64 + Copy) {
        self.extremes.take(x, join);
        let last = self.extremes.last();
        let (length, stretches) = (1 << (2 * last), self.extremes.of(last));
        let newest = self.n - length;
        let [a, b, c, d] =
            std::array::from_fn(|i| &stretches[(i * length).min(newest)..][..out.len()]);
        match self.n.div_ceil(length) {
            1 => out.copy_from_slice(a),
            2 => each(out, a.iter().zip(b), |(a, b)| join(*a, *b)),
            3 => each(out, a.iter().zip(b).zip(c), |((a, b), c)| join(join(*a, *b), *c)),
            _ => each(out, a.iter().zip(b).zip(c.iter().zip(d)), |((a, b), (c, d))| {
                join(join(*a, *b), join(*c, *d))
            }),
        }
        self.extremes.pass(x.len());
    }
}

/// What is made of each goes to `out`.
#[inline(always)]
fn each<T>(out: &mut [f64], of: impl Iterator<Item = T>, made: impl Fn(T) -> f64) {
    out.iter_mut().zip(of).for_each(|(out, of)| *out = made(of));
}

/// Zero times anything finite is zero, and NaN otherwise: a sum says it for all of them.
#[inline(always)]
fn is_undefined_somewhere(x: &[f64]) -> bool {
    const LANES: usize = 16;
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += 0.0 * x;
        }
    }
    let rest = rest.iter().fold(0.0, |sum, x| sum + 0.0 * x);
    lanes.iter().fold(rest, |sum, lane| sum + lane) != 0.0
}

//! One series going above another.

use crate::expr::bits::{WORD, word_of};
use crate::wide::wide;

/// Notices the bars at which a is above b and was at or below it on the bar before.
pub(in crate::expr::functions) struct Crossing {
    /// Whether a was at or below b on the last bar.
    was_below: bool,
}

impl Crossing {
    pub(in crate::expr::functions) fn new() -> Self {
        Self { was_below: false }
    }

    /// Writes the next bars' bits. Where all values are defined, one comparison says it all.
    pub(in crate::expr::functions) fn run(
        &mut self,
        a: &[f64],
        b: &[f64],
        defined: bool,
        holds: &mut [u64],
    ) {
        self.was_below = wide!({
            let mut was_below = self.was_below;
            for ((a, b), holds) in a.chunks(WORD).zip(b.chunks(WORD)).zip(holds) {
                let above = word_of(a, b, |a, b| a > b);
                let below = if defined { !above } else { word_of(a, b, |a, b| a <= b) };
                *holds = above & (below << 1 | u64::from(was_below));
                was_below = below >> (a.len() - 1) & 1 == 1;
            }
            was_below
        });
    }
}

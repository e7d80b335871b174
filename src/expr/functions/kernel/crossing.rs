//! One series going above another.

use crate::expr::bits::{WORD, whole_word, word_of};
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
            let mut next = |above: u64, below: u64, bars: usize| {
                let before = below << 1 | u64::from(was_below);
                was_below = below >> (bars - 1) & 1 == 1;
                above & before
            };
            let ((a, last_a), (b, last_b)) = (a.as_chunks::<WORD>(), b.as_chunks::<WORD>());
            for ((a, b), holds) in a.iter().zip(b).zip(&mut *holds) {
                let above = whole_word(a, b, |a, b| a > b);
                let below = if defined { !above } else { whole_word(a, b, |a, b| a <= b) };
                *holds = next(above, below, WORD);
            }
            if let Some(holds) = holds.get_mut(a.len()).filter(|_| !last_a.is_empty()) {
                let above = word_of(last_a, last_b, |a, b| a > b);
                *holds = next(above, word_of(last_a, last_b, |a, b| a <= b), last_a.len());
            }
            was_below
        });
    }
}

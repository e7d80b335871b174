//! Conditions of consecutive bars as bits, 64 bars to a word, the first bar in the lowest bit.
//!
//! Bits past the last bar mean nothing, unless a function says otherwise.

use std::ops::Range;

use crate::wide::wide;

/// Bars of a word.
pub const WORD: usize = u64::BITS as usize;

/// The bit of each bar of a word.
const BIT: [u64; WORD] = {
    let mut bits = [0; WORD];
    let mut bar = 0;
    while bar < WORD {
        bits[bar] = 1 << bar;
        bar += 1;
    }
    bits
};

/// How many words hold a bit for each of so many bars.
pub const fn words(bars: usize) -> usize {
    bars.div_ceil(WORD)
}

/// Writes a bit for each pair of values: whether `holds` is true of it.
#[inline]
pub fn compare(a: &[f64], b: &[f64], out: &mut [u64], holds: impl Fn(f64, f64) -> bool) {
    wide!({
        for ((a, b), word) in a.chunks(WORD).zip(b.chunks(WORD)).zip(out) {
            *word = word_of(a, b, &holds);
        }
    });
}

/// The same for no more than a word's bars, to be called where vector instructions are chosen.
#[inline(always)]
pub fn word_of(a: &[f64], b: &[f64], holds: impl Fn(f64, f64) -> bool) -> u64 {
    let (Ok(a), Ok(b)) = (<&[f64; WORD]>::try_from(a), <&[f64; WORD]>::try_from(b)) else {
        let pairs = a.iter().zip(b).zip(BIT);
        return pairs.fold(0, |word, ((a, b), bit)| if holds(*a, *b) { word | bit } else { word });
    };
    whole_word(a, b, holds)
}

/// The same for a whole word, as vector instructions: each of a few lanes gathers every eighth bit from
/// the last on, and in the end they are shifted into each other.
#[inline(always)]
pub fn whole_word(a: &[f64; WORD], b: &[f64; WORD], holds: impl Fn(f64, f64) -> bool) -> u64 {
    const LANES: usize = 8;
    let mut lanes = [0; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0).rev() {
        for lane in 0..LANES {
            lanes[lane] = lanes[lane] << LANES | u64::from(holds(a[lane], b[lane]));
        }
    }
    (0..LANES).fold(0, |word, lane| word | lanes[lane] << lane)
}

/// Writes a bit for each value above zero: a column of 1.0 and 0.0 as bits.
pub fn pack(column: &[f64], out: &mut [u64]) {
    compare(column, column, out, |x, _| x > 0.0);
}

/// Writes 1.0 or 0.0 for each bit.
pub fn unpack(bits: &[u64], column: &mut [f64]) {
    wide!({
        for (word, values) in bits.iter().zip(column.chunks_mut(WORD)) {
            for (bit, value) in BIT.iter().zip(values) {
                *value = if word & bit == 0 { 0.0 } else { 1.0 };
            }
        }
    });
}

/// Whether a bar's bit is set; bars past the last word have none.
#[inline]
pub fn is_set(bits: &[u64], bar: usize) -> bool {
    bits.get(bar / WORD).is_some_and(|word| word & BIT[bar % WORD] != 0)
}

/// The first bar of a range whose bit is set in words that are given by their index.
#[inline]
pub fn first(bars: Range<usize>, word: impl Fn(usize) -> u64) -> Option<usize> {
    let mut unseen = u64::MAX << (bars.start % WORD);
    for index in bars.start / WORD..words(bars.end) {
        let set = word(index) & unseen;
        if set != 0 {
            let bar = index * WORD + set.trailing_zeros() as usize;
            return (bar < bars.end).then_some(bar);
        }
        unseen = u64::MAX;
    }
    None
}

/// A delay of n bars: what goes in comes out n bars later, and nothing is set before.
///
/// It takes whole words, so only the last of several inputs may end within a word.
pub struct Delay {
    /// The last words, as many as the delay touches.
    past: Vec<u64>,
    oldest: usize,
    shift: u32,
}

impl Delay {
    /// A delay of n bars.
    pub fn new(n: usize) -> Self {
        Self { past: vec![0; n / WORD + 1], oldest: 0, shift: (n % WORD) as u32 }
    }

    /// Takes the next words.
    pub fn run(&mut self, bits: &[u64], out: &mut [u64]) {
        for (word, out) in bits.iter().zip(out) {
            let before = std::mem::replace(&mut self.past[self.oldest], *word);
            self.oldest = (self.oldest + 1) % self.past.len();
            let after = self.past[self.oldest];
            *out = match self.shift {
                0 => after,
                shift => after << shift | before >> (u64::BITS - shift),
            };
        }
    }
}

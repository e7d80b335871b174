//! Plain loops in the widest vector instructions that the machine has.
//!
//! A loop is compiled once for each level of instructions, and which one runs is chosen when it runs.
//! The results are the same bits on every machine: nothing multiplies and adds in one rounding, and
//! sums are taken in a fixed number of lanes rather than in as many as a register holds.

/// Runs a block. What it calls is compiled for the same instructions only if it is inlined, and what it
/// adds up belongs in variables of its own: through a captured one, each step goes to memory.
macro_rules! wide {
    ($block:block) => {{
        use fearless_simd::{Level, Simd as _, dispatch};
        dispatch!(Level::new(), simd => simd.vectorize(#[inline(always)] || $block))
    }};
}

pub(crate) use wide;

/// Values that are copied at once: the C library copies more than 2 KiB by an instruction that some
/// processors (Zen 3) carry out thirty times slower where the two are a few bytes apart modulo a page,
/// and columns of a block are.
const COPIED: usize = 128;

/// Copies a column.
pub(crate) fn copy(from: &[f64], to: &mut [f64]) {
    for (from, to) in from.chunks(COPIED).zip(to.chunks_mut(COPIED)) {
        to[..from.len()].copy_from_slice(from);
    }
}

/// Copies a column behind what is there: memory is written once.
pub(crate) fn append(from: &[f64], to: &mut Vec<f64>) {
    from.chunks(COPIED).for_each(|from| to.extend_from_slice(from));
}

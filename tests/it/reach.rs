//! Values that are computed on other bars: other symbols, longer bars, the universe. Cases worked out by
//! hand, a slow version written from the documents alone, and the proof that nothing looks ahead.

#![expect(clippy::float_cmp, reason = "which values come out exactly is the subject")]

mod cases;
mod causal;
mod known;
mod slow;
mod words;
mod world;

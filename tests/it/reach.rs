//! Values that are computed on other bars: other symbols, longer bars, the universe. Cases worked out by
//! hand, a slow version written from the documents alone, and the proof that nothing looks ahead.

mod cases;
mod causal;
mod known;
mod slow;
mod words;
mod world;

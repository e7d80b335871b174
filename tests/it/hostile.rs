//! Hostile input: whatever the bytes are, each reader says what is wrong and where; it neither panics nor
//! hangs, and memory doesn't grow with what was asked for.
//!
//! `tests/data/hostile/FOLDER/` holds one nasty file per case, `FOLDER.txt` what each reader makes of
//! them, a line per file (`UPDATE_EXPECT=1` rewrites it). The files are also what the mutations start
//! from. What would be too large to be kept is made in `monsters`.

mod corpus;
mod limits;
mod monsters;
mod mutations;
mod readers;

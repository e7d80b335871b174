//! GitHub: the one that tests talk to, and everything that is done on it.

pub mod fake;
mod itself;

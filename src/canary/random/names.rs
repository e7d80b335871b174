//! The names that a random strategy has given so far. Nothing here draws.

/// Parameters and `[let]`s, by what they can stand for.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// `[let]`s that are numbers.
    pub(super) numbers: Vec<String>,
    /// `[let]`s that are conditions.
    pub(super) conditions: Vec<String>,
    /// Parameters that are a number of bars, with their value.
    pub(super) windows: Vec<(String, u32)>,
    /// Parameters that are any number.
    pub(super) constants: Vec<String>,
}

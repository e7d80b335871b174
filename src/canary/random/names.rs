//! The names that a random strategy has given so far. Nothing here draws.

/// Parameters and `[let]`s, by what they can stand for.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// `[let]`s that are numbers.
    pub(super) numbers: Vec<Let>,
    /// `[let]`s that are conditions.
    pub(super) conditions: Vec<Let>,
    /// Parameters that are a number of bars, with their value.
    pub(super) windows: Vec<(String, u32)>,
    /// Parameters that are any number.
    pub(super) constants: Vec<String>,
    /// Whether the text being drawn uses timeframes, itself or by a name.
    pub(super) uses_frames: bool,
}

/// A `[let]`.
#[derive(Debug)]
pub(super) struct Let {
    name: String,
    uses_frames: bool,
}

impl Names {
    /// A `[let]` of this name whose text was just drawn.
    pub(super) fn drawn(&mut self, name: String) -> Let {
        Let { name, uses_frames: std::mem::take(&mut self.uses_frames) }
    }

    /// The names among these that may stand here: within a timeframe, none that uses one, which may be
    /// a shorter one.
    pub(super) fn usable(&self, lets: &[Let], within_frame: bool) -> Vec<String> {
        let fits = |one: &&Let| !(within_frame && one.uses_frames);
        lets.iter().filter(fits).map(|one| one.name.clone()).collect()
    }

    /// Takes note of a name that was used.
    pub(super) fn note(&mut self, name: &str) {
        let mut all = self.numbers.iter().chain(&self.conditions);
        self.uses_frames |= all.any(|one| one.uses_frames && one.name == name);
    }
}

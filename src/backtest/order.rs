//! What is decided at a close for the symbol's next open.

use super::position::Position;
use super::signals::Flags;
use super::trade::{ExitReason, SideName};

/// A decision that waits for the symbol's next open.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Order {
    pub(super) exit: Option<ExitReason>,
    pub(super) enter: Option<SideName>,
    /// Bar at whose close it was decided.
    pub(super) decided: usize,
}

impl Order {
    /// Whether there is anything to do.
    pub(super) fn is_due(&self) -> bool {
        self.exit.is_some() || self.enter.is_some()
    }

    /// What to do without a position at the close of `bar`.
    pub(super) fn from_flat(flags: Flags, bar: usize) -> Self {
        Self { enter: entry(flags), decided: bar, exit: None }
    }

    /// What to do with an open position at the close of `bar`.
    pub(super) fn within(
        position: &Position,
        flags: Flags,
        bar: usize,
        max_bars: Option<usize>,
    ) -> Self {
        let sign = position.side.sign();
        let held_long_enough = max_bars.is_some_and(|most| bar + 1 - position.entry_index >= most);
        let opposite = match position.side {
            SideName::Long => SideName::Short,
            SideName::Short => SideName::Long,
        };
        // To where a flat account would go.
        let flips = entry(flags) == Some(opposite);
        let exit = if flips {
            Some(ExitReason::Flip)
        } else if flags.exit(sign) {
            Some(ExitReason::Signal)
        } else if held_long_enough {
            Some(ExitReason::MaxBars)
        } else {
            None
        };
        Self { exit, enter: flips.then_some(opposite), decided: bar }
    }
}

/// Which side to enter from flat: one whose entry holds and whose exit doesn't, if it is the only one;
/// both at once say nothing about where to go.
fn entry(flags: Flags) -> Option<SideName> {
    let wants = |side: SideName| flags.enter(side.sign()) && !flags.exit(side.sign());
    match (wants(SideName::Long), wants(SideName::Short)) {
        (true, false) => Some(SideName::Long),
        (false, true) => Some(SideName::Short),
        _ => None,
    }
}

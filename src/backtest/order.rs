//! What is decided at a close for the symbol's next open.

use super::position::Position;
use super::signals::Signals;
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
    pub(super) fn from_flat(signals: &Signals, bar: usize) -> Self {
        Self { enter: signals.enters(bar), decided: bar, exit: None }
    }

    /// What to do with an open position at the close of `bar`.
    pub(super) fn within(
        position: &Position,
        signals: &Signals,
        bar: usize,
        max_bars: Option<usize>,
    ) -> Self {
        let flips = signals.enters(bar).filter(|side| *side != position.side);
        let exit = if flips.is_some() {
            Some(ExitReason::Flip)
        } else if signals.leaves(position.side, bar) {
            Some(ExitReason::Signal)
        } else if max_bars.is_some_and(|most| bar >= position.last_decision(most)) {
            Some(ExitReason::MaxBars)
        } else {
            None
        };
        Self { exit, enter: flips, decided: bar }
    }
}

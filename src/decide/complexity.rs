//! A longer strategy must be better by more: every further rule is another chance to fit what was luck.

use super::{Gate, Measured};

pub(super) static GATE: Gate = Gate {
    id: "complexity",
    summary: "a score better by min_delta and [gates] complexity points more for each node more than the incumbent has",
    measure: |case| {
        let incumbent = case.incumbent?;
        let longer = case.nodes.saturating_sub(incumbent.nodes);
        let settings = case.settings();
        let price = settings.complexity * longer as f64;
        let gain = case.evaluation.score.value - incumbent.score;
        // Where nothing is longer, the margin is score_margin's to ask for.
        let limit = if longer > 0 { settings.min_delta + price } else { return None };
        Some(Measured::above(gain, limit))
    },
};

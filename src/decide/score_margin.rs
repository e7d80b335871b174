//! The candidate's score exceeds the incumbent's by `min_delta` points.

use super::{Gate, Measured};

pub(super) static GATE: Gate = Gate {
    id: "score_margin",
    summary: "the score exceeds the incumbent's by more than [gates] min_delta points",
    measure: |case| {
        let score = case.evaluation.score.value;
        // Without an incumbent's score, anything above no evidence is better.
        let incumbent = case.incumbent.map_or(0.0, |incumbent| incumbent.score);
        Some(Measured::above(score, incumbent + case.settings().min_delta))
    },
};

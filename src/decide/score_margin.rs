//! The candidate's score exceeds the incumbent's by `min_delta` points.

use super::{Gate, Measured};

pub(super) static GATE: Gate = Gate {
    id: "score_margin",
    summary: "the score exceeds the incumbent's by more than [gates] min_delta points",
    measure: |case| {
        let score = case.evaluation.score.value;
        // Without an incumbent's score, anything above no evidence is better.
        let limit = case.incumbent.unwrap_or(0.0) + case.settings.min_delta;
        Measured { pass: score > limit, value: Some(score), limit }
    },
};

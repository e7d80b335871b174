//! Strategies with slightly other numbers do nearly as well: a spike among losers is luck.
//!
//! The neighbours are run out-of-sample, where the candidate's own score is from. They can't be chosen, only speak
//! against the candidate, and are counted as trials all the same.

use super::{Gate, Measured};

pub(super) static GATE: Gate = Gate {
    id: "plateau",
    summary: "neighbours with all numbers moved by a tenth keep, in the median, [gates] plateau of the score",
    measure: |case| {
        let share = case.settings().plateau;
        let score = case.evaluation.score.value;
        // A score of no evidence, or of loss, is no height to fall from.
        if share <= 0.0 || score <= 0.0 {
            return None;
        }
        let mut scores: Vec<f64> =
            case.probes.neighbours().iter().map(|near| near.evaluation.score.value).collect();
        scores.sort_by(f64::total_cmp);
        // The lower of two in the middle.
        let median = scores.get(scores.len().checked_sub(1)? / 2)?;
        Some(Measured::at_least(*median, share * score))
    },
};

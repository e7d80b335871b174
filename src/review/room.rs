//! How many may wait for review at once.

use std::collections::BTreeSet;

use crate::state::Waiting;

/// Whether one more may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It may.
    Free,
    /// It may in place of that of this iteration, which is the worst.
    InPlaceOf(u64),
    /// It may not: as many as may wait do, and none that could make way is worse.
    None,
}

/// Whether a candidate with this score may wait beside these. Those that people hold don't make way.
pub fn room(waiting: &[Waiting], held: &BTreeSet<u64>, most: usize, score: Option<f64>) -> Room {
    if waiting.len() < most {
        return Room::Free;
    }
    let may_go = waiting.iter().filter(|other| !held.contains(&other.iteration));
    // Without a score, as good as nothing; of equals, the latest.
    let worst = may_go.min_by(|a, b| {
        let (of_a, of_b) = (a.score.unwrap_or(f64::MIN), b.score.unwrap_or(f64::MIN));
        of_a.total_cmp(&of_b).then(b.iteration.cmp(&a.iteration))
    });
    match worst {
        // `None < Some(_)`.
        Some(worst) if score > worst.score => Room::InPlaceOf(worst.iteration),
        _ => Room::None,
    }
}

//! Where certification stands: what can be said of the incumbent now.

use super::{Inference, NotDue, due, weigh};
use crate::program::Settings;
use crate::state::State;
use crate::state::ledger::{Row, Tried};
use crate::stats::effective::{Correlations, THRESHOLD, clusters};
use crate::stats::luck::FEWEST_TRIALS;
use crate::stats::{Matrix, Undefined, Value};

/// What is known of the incumbent beside its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What the number of trials makes of it.
    pub inference: Inference,
    /// Groups of trials whose out-of-sample returns are alike: how many different things were tried, of those whose
    /// returns are kept.
    pub independent_trials: Value,
    /// Why no look is due; none where one is.
    pub not_due: Option<NotDue>,
}

/// What can be said of the incumbent; `None` before anything was evaluated in the current epoch, or where its trial is
/// of before there was a ledger.
pub fn standing(state: &State, settings: &Settings) -> Option<Standing> {
    let (status, ledger) = (state.status()?, state.ledger());
    let span = ledger.epoch().filter(|span| span.epoch == status.epoch)?;
    let trial = ledger.trial(&span.epoch, &status.incumbent.hash)?;
    let tried = ledger.tried(span);
    Some(Standing {
        inference: weigh(trial, &tried, span.bars_per_year),
        independent_trials: independent(&tried),
        not_due: due(state, settings, "").err(),
    })
}

/// The number of clusters of the trials' returns by average linkage.
fn independent(tried: &Tried) -> Value {
    if (tried.rows.len() as u64) < FEWEST_TRIALS {
        return Err(Undefined("fewer than 10 trials in this epoch"));
    }
    let columns: Vec<Vec<f64>> = tried.rows.iter().filter_map(Row::returns).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let matrix = Matrix::from_columns(&columns).map_err(|_| Undefined("no common bars"))?;
    let correlations = Correlations::of(&matrix).map_err(|_| Undefined("too many trials"))?;
    let groups = clusters(correlations, THRESHOLD);
    Ok(groups.iter().max().map_or(0.0, |last| *last as f64 + 1.0))
}

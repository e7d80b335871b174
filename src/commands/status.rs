//! `sprag status`: where the research is.

use serde_json::json;

use super::context::Context;
use super::iterate;
use super::{Failure, Output};
use crate::certify;
use crate::publish::summary;
use crate::text;

/// Characters of a hint that are shown.
const HINT: usize = 200;

pub(super) fn run(context: &Context) -> Result<Output, Failure> {
    let state = context.state()?;
    let Some(status) = state.status() else {
        if context.global.json {
            return Output::json(&json!(null));
        }
        return Ok("no iterations yet; `sprag iterate` scores the baseline and starts\n"
            .to_owned()
            .into());
    };
    let program = context.program()?;
    let standing = certify::standing(&state, &program.settings);
    let records = state.history().records();
    let ideas = &program.settings.proposer.ideas;
    let tried = |idea: &&String| records.iter().any(|record| record.idea.as_ref() == Some(*idea));
    let waiting = ideas.len() - ideas.iter().filter(tried).count();
    let mut hints = Vec::new();
    records.iter().for_each(|record| record.queue(&mut hints));
    if context.global.json {
        let mut value = serde_json::to_value(status).map_err(|e| Failure::unexpected(e.into()))?;
        let inference = standing.as_ref().map(|standing| &standing.inference);
        let not_due = standing.as_ref().and_then(|standing| standing.not_due.as_ref());
        value["derived"] = json!({
            "records": records.len(),
            "since_improvement": status.iteration.saturating_sub(status.plateau.since),
            "gain": status.best.score.zip(status.baseline.score).map(|(best, base)| best - base),
            "trials_on_these_bars": inference.map(|inference| inference.luck.trials),
            "independent_trials":
                standing.as_ref().and_then(|standing| standing.independent_trials.ok()),
            "luck_sharpe": inference.and_then(|inference| inference.luck.annual_sharpe.ok()),
            "dsr": inference.and_then(|inference| inference.dsr.ok()),
            "pbo": inference.and_then(|inference| inference.pbo.ok()),
            "luck": inference.map(|inference| inference.luck.sentence()),
            "no_look_because": not_due.map(ToString::to_string),
            "ideas_waiting": waiting,
            "hints_waiting": hints,
        });
        return Output::json(&value);
    }
    let mut shown = summary::status(status, records, standing.as_ref());
    let for_whom = if iterate::has_reader(&program) {
        "each gets its turn"
    } else {
        "nobody who proposes can read ([proposer] kind)"
    };
    if waiting > 0 {
        let all = ideas.len();
        shown +=
            &format!("\n{waiting} of {all} ideas in program.md wait to be tried: {for_whom}.\n");
    }
    for hint in hints {
        shown += &format!("\nA hint waits ({for_whom}): {}\n", text::line(&hint, HINT));
    }
    Ok(shown.into())
}

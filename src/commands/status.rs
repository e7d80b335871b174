//! `sprag status`: where the research is.

use serde_json::json;

use super::context::Context;
use super::{Failure, Output};
use crate::publish::summary;

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
    if context.global.json {
        let records = state.history().records();
        let mut value = serde_json::to_value(status).map_err(|e| Failure::unexpected(e.into()))?;
        value["derived"] = json!({
            "records": records.len(),
            "since_improvement": status.iteration.saturating_sub(status.plateau.since),
            "gain": status.best.score.zip(status.baseline.score).map(|(best, base)| best - base),
        });
        return Output::json(&value);
    }
    Ok(summary::status(status, state.history().records()).into())
}

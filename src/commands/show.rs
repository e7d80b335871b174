//! `sprag show N`: everything about one iteration.

use super::context::Context;
use super::{Failure, Output};
use crate::cli::ShowArgs;
use crate::publish::details;
use crate::state::{Record, State};

pub(super) fn run(context: &Context, args: &ShowArgs) -> Result<Output, Failure> {
    let state = context.state()?;
    let record = record(&state, Some(args.iteration))?;
    if context.global.json {
        return Output::json(record);
    }
    Ok(details::show(record).into())
}

/// The record of an iteration; without a number that of the last.
pub(super) fn record(state: &State, iteration: Option<u64>) -> Result<&Record, Failure> {
    let records = state.history().records();
    let Some(iteration) = iteration else {
        let last = records.last().map(AsRef::as_ref);
        return last.ok_or_else(|| Failure::usage("there are no iterations yet"));
    };
    let record = usize::try_from(iteration).ok().and_then(|at| records.get(at)).map(AsRef::as_ref);
    record.ok_or_else(|| {
        let known = match records.len() {
            0 => "there are none yet".into(),
            n => format!("the history has 0 to {}", n - 1),
        };
        Failure::usage(format!("there is no iteration {iteration}: {known}"))
    })
}

//! `sprag show N`: everything about one iteration.

use super::context::Context;
use super::{Failure, Output};
use crate::cli::ShowArgs;
use crate::publish::details;

pub(super) fn run(context: &Context, args: &ShowArgs) -> Result<Output, Failure> {
    let state = context.state()?;
    let records = state.history().records();
    let record = usize::try_from(args.iteration).ok().and_then(|at| records.get(at));
    let record = record.ok_or_else(|| {
        let known = match records.len() {
            0 => "there are none yet".into(),
            n => format!("the history has 0 to {}", n - 1),
        };
        Failure::usage(format!("there is no iteration {}: {known}", args.iteration))
    })?;
    if context.global.json {
        return Output::json(record);
    }
    Ok(details::show(record).into())
}

//! `sprag log`: one line per iteration.

use super::context::Context;
use super::{Failure, Output};
use crate::cli::LogArgs;
use crate::publish::summary;

pub(super) fn run(context: &Context, args: &LogArgs) -> Result<Output, Failure> {
    let state = context.state()?;
    let records = state.history().records();
    let lines = summary::lines(None, records);
    let most = args.most.unwrap_or(lines.len());
    let latest = &lines[lines.len().saturating_sub(most)..];
    if context.global.json {
        return Output::json(&latest);
    }
    Ok(summary::log(latest).into())
}

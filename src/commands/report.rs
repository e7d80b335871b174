//! `sprag report N`: the report of one iteration, as it stands in its pull request.

use super::context::{Context, write_file};
use super::epochs::{Epochs, NOT_THERE};
use super::{Failure, Output};
use crate::adapters::git::GitRepository;
use crate::adapters::terminal::notice;
use crate::cli::ReportArgs;
use crate::iteration;
use crate::publish::report::{self, Curves, Material, Shown};
use crate::state::{Record, State};
use crate::verify::{self, Script};

pub(super) fn run(context: &Context, args: &ReportArgs) -> Result<Output, Failure> {
    let state = context.state()?;
    let record = super::show::record(&state, args.iteration)?;
    let scripts = verify::scripts(state.history().records());
    let script = scripts.get(record.iteration as usize);
    let curves = match script.filter(|script| script.record(&state).is_some()) {
        Some(script) => replay(context, &state, record, script)?,
        None => None,
    };
    let shown = match (&args.svg, &curves) {
        (None, _) => Shown::Chart,
        (Some(path), Some(curves)) => {
            write_file(path, &report::svg(record.iteration, curves))?;
            path.to_str().map_or(Shown::Chart, Shown::Picture)
        }
        (Some(path), None) => {
            return Err(Failure::usage(format!(
                "{} can't be drawn: iteration {} has no evaluation that can be made again",
                path.display(),
                record.iteration
            )));
        }
    };
    let material = material(&state, record, script, curves.as_ref());
    let markdown = report::markdown(&material, shown, &reproduce(record));
    if context.global.json {
        return Output::json(&report::document(&material, &markdown));
    }
    Ok(markdown.into())
}

/// The command that makes the iteration again, in a clone of the repository.
pub(super) fn reproduce(record: &Record) -> String {
    format!("sprag verify {}", record.iteration)
}

/// What the history says of an iteration.
pub(super) fn material<'a>(
    state: &'a State,
    record: &'a Record,
    script: Option<&'a Script>,
    curves: Option<&'a Curves>,
) -> Material<'a> {
    let records = state.history().records();
    let incumbent = script.and_then(|script| records.get(script.incumbent?));
    let current = state.status().is_some_and(|status| status.epoch == record.epoch);
    let label = record.candidate.as_deref().map(|candidate| state.ledger().label(candidate));
    Material {
        record,
        incumbent: incumbent.filter(|incumbent| incumbent.epoch == record.epoch),
        before: script.and_then(|script| script.incumbent_text.as_deref()),
        after: script.and_then(|script| script.candidate.as_deref().ok()),
        standing: label.filter(|_| current).map(|label| (label, state.ledger().holdout())),
        curves,
    }
}

fn replay(
    context: &Context,
    state: &State,
    record: &Record,
    script: &Script,
) -> Result<Option<Curves>, Failure> {
    let repository = GitRepository::open(context.root())?;
    let mut epochs = Epochs::new(context, &repository)?;
    let sources = epochs.load(record.iteration)?;
    let arena = epochs.arena(&sources, &record.epoch);
    let Some(arena) = arena.filter(|_| record.engine == crate::ENGINE) else {
        notice(&format!("note: the report has no curves: {NOT_THERE}"));
        return Ok(None);
    };
    let before = material(state, record, Some(script), None).incumbent;
    let before = script.incumbent_text.as_deref().filter(|_| before.is_some());
    Ok(script.candidate.as_deref().ok().and_then(|after| iteration::curves(&arena, after, before)))
}

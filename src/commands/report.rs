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
    let script = verify::script(state.history().records(), record.iteration as usize);
    let script = script.as_ref();
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
    let material = Material::of(&state, record, script, curves.as_ref());
    let markdown = report::markdown(&material, shown, &report::reproduce(record));
    if context.global.json {
        return Output::json(&report::document(&material, &markdown));
    }
    Ok(markdown.into())
}

fn replay(
    context: &Context,
    state: &State,
    record: &Record,
    script: &Script,
) -> Result<Option<Curves>, Failure> {
    let repository = GitRepository::open(context.root())?;
    let mut epochs = Epochs::new(context, &repository)?;
    let sources = epochs.load(record.iteration, &record.epoch)?;
    let arena = epochs.arena(&sources, &record.epoch);
    let Some(arena) = arena.filter(|_| record.engine == crate::ENGINE) else {
        notice(&format!("note: the report has no curves: {NOT_THERE}"));
        return Ok(None);
    };
    let before = Material::of(state, record, Some(script), None).incumbent;
    let before = script.incumbent_text.as_deref().filter(|_| before.is_some());
    Ok(script.candidate.as_deref().ok().and_then(|after| iteration::curves(&arena, after, before)))
}

//! What a run leaves in a job of GitHub Actions: its reports as the summary, its numbers as outputs.

use super::Failure;
use crate::adapters::actions::{Job, Level, annotate};
use crate::evaluation::Arena;
use crate::iteration::{self, Ending, Outcome};
use crate::publish::{self, report};
use crate::state::{Record, State};
use crate::text::markdown;
use crate::verify;

/// What of a run is told in a job.
pub(super) struct Told<'a> {
    pub(super) arena: &'a Arena<'a>,
    /// What was recorded, with the incumbent's score before it.
    pub(super) recorded: &'a [(Record, Option<f64>)],
    pub(super) dry_run: bool,
}

/// Leaves what a run did. A disk that is full is no reason to fail: everything is committed by now.
pub(super) fn leave(job: &Job, told: &Told<'_>, result: &Result<Outcome, Failure>) {
    let (summary, outputs) = match result {
        Ok(outcome) => (summary(told, outcome), outputs(told, outcome)),
        Err(failure) => (broken(told, failure), failed(told, failure)),
    };
    for result in [job.summarise(&summary), job.output(&outputs)] {
        if let Err(error) = result {
            annotate(Level::Warning, "sprag", &format!("can't write for the job: {error}"));
        }
    }
}

/// Shows a failure on the run's page: a warning where the next run continues.
pub(super) fn annotate_failure(failure: &Failure) {
    let (level, title) = match failure.ending {
        Ending::Transient => (Level::Warning, "sprag: a transient failure, the next run continues"),
        Ending::NeedsPerson => (Level::Error, "sprag: the state needs a person"),
        Ending::Configuration => (Level::Error, "sprag: usage or configuration"),
        Ending::Failure => (Level::Error, "sprag failed"),
    };
    annotate(level, title, &format!("{:#}", failure.error));
}

fn title(told: &Told<'_>) -> String {
    let dry = if told.dry_run { " (dry run: nothing is recorded)" } else { "" };
    let Some(((first, _), (last, _))) = told.recorded.first().zip(told.recorded.last()) else {
        return format!("sprag: no iteration was due{dry}");
    };
    match (first.iteration, last.iteration) {
        (first, last) if first == last => format!("sprag: iteration {last}{dry}"),
        (first, last) => format!("sprag: iterations {first} to {last}{dry}"),
    }
}

fn summary(told: &Told<'_>, outcome: &Outcome) -> String {
    let Some(state) = &outcome.state else { return format!("## {}\n", title(told)) };
    let last = told.recorded.len().saturating_sub(1);
    let reports = told.recorded.iter().enumerate().map(|(at, (record, _))| {
        let script = verify::script(state.history().records(), record.iteration as usize);
        let plain = report::Material::of(state, record, script.as_ref(), None);
        // Curves cost two backtests, so only what stays and what came last has them.
        let shown = record.score.is_some() && (record.moves_incumbent() || at == last);
        let before = plain.before.filter(|_| plain.incumbent.is_some());
        let curves = plain.after.filter(|_| shown && record.epoch == told.arena.epoch());
        let curves = curves.and_then(|after| iteration::curves(told.arena, after, before));
        let material = report::Material { curves: curves.as_ref(), ..plain };
        (record, report::markdown(&material, report::Shown::Chart, &report::reproduce(record)))
    });
    let reports: Vec<(&Record, String)> = reports.collect();
    let mut text = report::summary(&title(told), &reports);
    if let Some(stop) = &outcome.stopped {
        text.push_str(&format!("\nStopped: {}.\n", markdown::line(&stop.to_string(), 500)));
    }
    text
}

fn outputs(told: &Told<'_>, outcome: &Outcome) -> Vec<(&'static str, String)> {
    let mut values = numbers(told);
    values
        .push(("stopped", outcome.stopped.as_ref().map_or_else(String::new, ToString::to_string)));
    let label = outcome.state.as_ref().and_then(State::status).map(|status| status.label);
    values.push(("label", label.map_or_else(String::new, |label| label.to_string())));
    values
}

/// Of the last iteration, and of all together.
fn numbers(told: &Told<'_>) -> Vec<(&'static str, String)> {
    let last = told.recorded.last();
    let of =
        |value: fn(&Record) -> String| last.map_or_else(String::new, |(record, _)| value(record));
    let delta = last.and_then(|(record, before)| Some(record.score? - (*before)?));
    let accepted = told
        .recorded
        .iter()
        .filter(|(record, _)| record.verdict == crate::state::Verdict::Accepted);
    vec![
        ("iterations", told.recorded.len().to_string()),
        ("accepted", accepted.count().to_string()),
        ("iteration", of(|record| record.iteration.to_string())),
        ("verdict", of(|record| publish::name(record.verdict))),
        ("score", of(|record| record.score.map_or_else(String::new, |score| score.to_string()))),
        ("delta", delta.map_or_else(String::new, |delta| delta.to_string())),
        ("candidate", of(|record| record.candidate.clone().unwrap_or_default())),
    ]
}

/// The summary of a run that failed: what was recorded before is recorded.
fn broken(told: &Told<'_>, failure: &Failure) -> String {
    let mut text = format!("## {}\n\n", title(told));
    for (record, before) in told.recorded.iter().rev().take(1_000) {
        text.push_str(&format!("- {}\n", markdown::line(&publish::subject(record, *before), 300)));
    }
    let message = format!("{:#}", failure.error);
    text.push_str(&format!("\nThe run failed:\n\n{}", markdown::fence("", &message, 10_000)));
    text
}

fn failed(told: &Told<'_>, failure: &Failure) -> Vec<(&'static str, String)> {
    let mut values = numbers(told);
    values.push(("error", format!("{:#}", failure.error)));
    values
}

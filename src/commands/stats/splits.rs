//! `sprag stats splits`: index sets of cross-validation.

use std::fmt::Write;
use std::ops::Range;

use serde_json::{Value as Json, json};

use crate::cli::SplitsCommand;
use crate::commands::context::Context;
use crate::commands::{Failure, Output};
use crate::splits::{Cpcv, PurgedKFold, Split, TimeSeries, WalkForward};

pub(super) fn run(context: &Context, command: &SplitsCommand) -> Result<Output, Failure> {
    let (splits, paths) = match *command {
        SplitsCommand::Cpcv { n, folds, test_folds, purge, embargo } => {
            let all = Cpcv { bars: n, folds, test_folds, purge, embargo }.splits();
            let all = all.map_err(Failure::usage)?;
            (Ok(all.splits), Some((all.paths, all.path_ids)))
        }
        SplitsCommand::WalkForward { n, train, test, purge, anchored, keep_last } => {
            let all = WalkForward {
                bars: n,
                in_sample: train,
                out_of_sample: test,
                purge,
                anchored,
                keep_last,
            };
            (all.splits(), None)
        }
        SplitsCommand::KFold { n, folds, horizon, embargo } => {
            (PurgedKFold { bars: n, folds, horizon, embargo }.splits(), None)
        }
        SplitsCommand::TimeSeries { n, splits, test, gap, max_train } => {
            let all =
                TimeSeries { bars: n, splits, out_of_sample: test, gap, most_in_sample: max_train };
            (all.splits(), None)
        }
    };
    let splits = splits.map_err(Failure::usage)?;
    if context.global.json {
        return Output::json(&document(&splits, paths.as_ref()));
    }
    let mut text = String::new();
    for (at, split) in splits.iter().enumerate() {
        let (train, test) = (words(&split.in_sample), words(&split.out_of_sample));
        let _ = writeln!(text, "{at:>5}  test {test}  train {train}");
    }
    if let Some((paths, _)) = paths {
        let _ = writeln!(text, "\n{} splits make up {paths} paths.", splits.len());
    }
    Ok(text.into())
}

fn document(splits: &[Split], paths: Option<&(usize, Vec<Vec<usize>>)>) -> Json {
    let runs = |runs: &[Range<usize>]| -> Json { runs.iter().map(pair).collect() };
    // Each out-of-sample fold of CPCV is a list of runs of its own.
    let folds =
        |runs: &[Range<usize>]| -> Json { runs.iter().map(|run| json!([pair(run)])).collect() };
    let test = |split: &Split| match paths {
        Some(_) => folds(&split.out_of_sample),
        None => runs(&split.out_of_sample),
    };
    let split = |split: &Split| json!({ "train": runs(&split.in_sample), "test": test(split) });
    let all: Vec<Json> = splits.iter().map(split).collect();
    match paths {
        Some((count, ids)) => {
            json!({ "n_splits": all.len(), "n_paths": count, "path_ids": ids, "splits": all })
        }
        None => json!({ "n_splits": all.len(), "splits": all }),
    }
}

fn pair(run: &Range<usize>) -> Json {
    json!([run.start, run.end])
}

fn words(runs: &[Range<usize>]) -> String {
    if runs.is_empty() {
        return "nothing".into();
    }
    let words = runs.iter().map(|run| format!("[{}, {})", run.start, run.end));
    words.collect::<Vec<_>>().join(" ")
}

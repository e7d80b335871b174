//! `sprag stats`: inference on returns from files, one file per group of questions.

mod choice;
mod series;
mod sharpe;
mod sheet;
mod splits;

use std::path::Path;

use super::context::{Context, read_file};
use super::{Failure, Output};
use crate::cli::{ResamplingArgs, StatsCommand};
use crate::stats::resample::Bootstrap;
use crate::stats::{Matrix, Value};
use crate::table::{self, CsvText};

pub(super) fn run(context: &Context, command: StatsCommand) -> Result<Output, Failure> {
    let sheet = match command {
        StatsCommand::Metrics(args) => series::metrics(&args),
        StatsCommand::Trades(args) => series::trades(&args),
        StatsCommand::Bootstrap(args) => series::bootstrap(&args),
        StatsCommand::Permutation(args) => series::permutation(&args),
        StatsCommand::Sharpe(args) => sharpe::sharpe(&args),
        StatsCommand::Adjust(args) => Ok(sharpe::adjust(&args)),
        StatsCommand::Pbo(args) => choice::pbo(&args),
        StatsCommand::Spa(args) => choice::spa(&args),
        StatsCommand::Trials(args) => choice::trials(&args),
        StatsCommand::Splits(command) => return splits::run(context, &command),
    };
    sheet?.output(context.global.json)
}

/// A column of a CSV file with at least one row.
fn column(path: &Path, name: &str) -> Result<Vec<f64>, Failure> {
    let file = path.display().to_string();
    let content = read_file(path)?;
    let text = CsvText { name: &file, content: &content };
    let values = table::read_column(&text, name).map_err(Failure::usage)?;
    if values.is_empty() {
        return Err(empty(&file));
    }
    Ok(values)
}

fn empty(file: &str) -> Failure {
    Failure::usage(format!("{file}: there are no rows below the header"))
}

/// Names and returns of the trials of a CSV file with at least one row.
fn matrix(path: &Path) -> Result<(Vec<String>, Matrix), Failure> {
    let file = path.display().to_string();
    let content = read_file(path)?;
    let text = CsvText { name: &file, content: &content };
    let table::NumberMatrix { names, values } =
        table::read_matrix(&text).map_err(Failure::usage)?;
    if values.is_empty() {
        return Err(empty(&file));
    }
    let matrix = Matrix::from_rows(names.len(), values).map_err(Failure::usage)?;
    Ok((names, matrix))
}

/// The bootstrap of the command line; where no block is given, `optimal` says how long one should
/// be.
fn resampling(args: &ResamplingArgs, optimal: impl Fn() -> Value) -> Result<Bootstrap, Failure> {
    let block = match args.block {
        Some(block) => block,
        // Shorter than a bar: bars don't depend on each other, and single ones are drawn.
        None => optimal().map(|length| length.max(1.0)).map_err(|reason| {
            Failure::usage(format!("no block length by itself: {reason}; give --block"))
        })?,
    };
    Bootstrap::new(block, args.reps, args.seed).map_err(Failure::usage)
}

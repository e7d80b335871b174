//! `sprag data`: validation of data files, and where they come from.

use std::path::PathBuf;

use serde_json::json;

use super::context::{Context, no_market};
use super::{Failure, Output, fetch};
use crate::adapters::data_files;
use crate::cli::DataCommand;
use crate::market::{self, report};
use crate::program::Program;

pub(super) fn run(context: &Context, command: DataCommand) -> Result<Output, Failure> {
    match command {
        DataCommand::Check { files } => check(context, files),
        DataCommand::Fetch(args) => fetch::run(context, &args),
    }
}

fn check(context: &Context, files: Vec<PathBuf>) -> Result<Output, Failure> {
    let program = context.program()?;
    let files = if files.is_empty() { of_program(context, &program)? } else { files };
    let mut checks = data_files::check_files(&files, &data_files::zone(&program.settings.market)?);
    market::compare(&mut checks);
    let broken = checks.iter().any(|check| !check.errors.is_empty());
    let code = if broken { 2 } else { 0 };
    let output = if context.global.json {
        Output::json(&json!({ "files": checks }))?
    } else {
        Output::from(report::render(&checks))
    };
    Ok(Output { code, ..output })
}

/// The files of the program's market.
fn of_program(context: &Context, program: &Program) -> Result<Vec<PathBuf>, Failure> {
    data_files::market_files(context.root(), &program.settings.market)
        .map_err(|error| no_market(program, error))
}

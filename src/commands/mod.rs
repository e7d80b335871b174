//! The commands: each loads what it needs through adapters, asks the rooms, and returns text.
//!
//! Nothing in here prints: `main` writes an [`Output`] to standard output and a [`Failure`] to
//! standard error.

mod backtest;
mod brief;
mod canaries;
mod check;
mod confine;
mod context;
mod data;
mod doctor;
mod epochs;
mod eval;
mod failure;
mod fetch;
mod fmt;
mod functions;
mod init;
mod iterate;
mod job;
mod log;
mod report;
mod schema;
mod score;
mod scratch;
mod show;
mod stats;
mod status;
mod target;
mod verify;

pub use failure::Failure;
pub use schema::schemas;

use clap::CommandFactory;

use crate::cli::{Cli, Command};
use context::Context;

/// What a command leaves for standard output, and how the process ends.
#[derive(Debug, Default)]
pub struct Output {
    /// The result.
    pub text: String,
    /// The exit code: 0 unless the result itself is bad news.
    pub code: u8,
}

impl From<String> for Output {
    fn from(text: String) -> Self {
        Self { text, code: 0 }
    }
}

impl Output {
    /// One JSON document.
    fn json(value: &impl serde::Serialize) -> Result<Self, Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::unexpected(anyhow::Error::new(error)))?;
        Ok(Self::from(text + "\n"))
    }
}

/// Runs a command.
///
/// # Errors
///
/// A message and an exit code.
pub fn run(cli: Cli) -> Result<Output, Failure> {
    // An agent's folder need not look like anything that a context expects.
    if let Command::Confine(args) = &cli.command {
        return confine::run(args);
    }
    let context = Context::new(cli.global)?;
    match cli.command {
        Command::Iterate(args) => iterate::run(&context, &args),
        Command::Brief(args) => brief::run(&context, &args),
        Command::Status => status::run(&context),
        Command::Log(args) => log::run(&context, &args),
        Command::Show(args) => show::run(&context, &args),
        Command::Report(args) => report::run(&context, &args),
        Command::Init(args) => init::run(&context, &args),
        Command::Backtest(args) => backtest::run(&context, &args),
        Command::Eval(args) => eval::run(&context, &args),
        Command::Check(args) => check::run(&context, &args),
        Command::Canaries => canaries::run(&context),
        Command::Fmt(args) => fmt::run(&context, &args),
        Command::Functions(args) => functions::run(&context, &args),
        Command::Verify(args) => verify::run(&context, &args),
        Command::Doctor(args) => doctor::run(&context, &args),
        Command::Score(args) => score::run(&context, &args),
        Command::Stats(command) => stats::run(&context, command),
        Command::Data(command) => data::run(&context, command),
        Command::Confine(args) => confine::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "sprag", &mut text);
            Ok(String::from_utf8_lossy(&text).into_owned().into())
        }
    }
}

//! Arguments in, adapters wired, error to exit code; nothing else.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;
use sprag::adapters::terminal::notice;
use sprag::cli::Cli;
use sprag::commands;

fn main() -> ExitCode {
    match commands::run(Cli::parse()) {
        Ok(output) => match print(&output.text) {
            Ok(()) => ExitCode::from(output.code),
            Err(error) => {
                notice(&format!("error: can't write to standard output: {error}"));
                ExitCode::FAILURE
            }
        },
        Err(failure) => {
            let message = format!("{:#}", failure.error);
            // A rendered diagnostic says so itself.
            let prefix = if message.starts_with("error") { "" } else { "error: " };
            notice(&format!("{prefix}{message}"));
            ExitCode::from(failure.code())
        }
    }
}

/// Writes the result; a reader that has had enough (`| head`) is no error.
fn print(text: &str) -> std::io::Result<()> {
    let mut stdout = anstream::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

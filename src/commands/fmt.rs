//! `sprag fmt`: a strategy in canonical form.

use super::context::{Context, write_file};
use super::{Failure, Output};
use crate::check::{Flaw, STRATEGY_FILE};
use crate::cli::FmtArgs;
use crate::strategy;

pub(super) fn run(context: &Context, args: &FmtArgs) -> Result<Output, Failure> {
    let (name, text) = context.strategy(args.file.as_ref())?;
    let formatted = strategy::format(&name, &text).map_err(Flaw::Invalid)?;
    if args.check {
        let same = formatted == text;
        let text = if same { String::new() } else { format!("{name} is not in canonical form\n") };
        return Ok(Output { text, code: u8::from(!same) });
    }
    if !args.write {
        return Ok(formatted.into());
    }
    if name == "-" {
        return Err(Failure::usage("--write needs a file, not standard input"));
    }
    let path = args.file.clone().unwrap_or_else(|| context.root().join(STRATEGY_FILE));
    if formatted != text {
        write_file(&path, &formatted)?;
    }
    Ok(String::new().into())
}

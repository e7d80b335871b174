//! `sprag confine`: becomes another program that can touch only what it is granted.

use super::{Failure, Output};
use crate::adapters::confine::{self, CANNOT_CONFINE, Grants};
use crate::adapters::terminal::notice;
use crate::cli::ConfineArgs;

pub(super) fn run(args: &ConfineArgs) -> Result<Output, Failure> {
    let grants = Grants {
        read: args.readable.clone(),
        write: args.writable.clone(),
        file_bytes: args.file_bytes,
    };
    let Some((program, rest)) = args.command.split_first() else {
        return Err(Failure::usage("name a program"));
    };
    let error = confine::run(&grants, program, rest);
    // Its caller tells this from an end of the program itself by the code alone.
    notice(&error.to_string());
    Ok(Output { text: String::new(), code: CANNOT_CONFINE })
}

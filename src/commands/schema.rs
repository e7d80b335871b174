//! `sprag schema`: JSON Schemas of the files in `state/`, from the types that read and write them.

use schemars::schema_for;

use super::{Failure, Output};
use crate::cli::SchemaArgs;
use crate::state::ledger::LedgerLine;
use crate::state::{Record, Status};

pub(super) fn run(args: &SchemaArgs) -> Result<Output, Failure> {
    let found = schemas().into_iter().find(|(name, _)| *name == args.name);
    let schema = found.map(|(_, schema)| schema);
    schema.map(Output::from).ok_or_else(|| Failure::usage(format!("no schema {:?}", args.name)))
}

/// All schemas by name, as text.
pub fn schemas() -> Vec<(&'static str, String)> {
    let text = |schema: schemars::Schema| format!("{:#}\n", schema.as_value());
    vec![
        ("status", text(schema_for!(Status))),
        ("record", text(schema_for!(Record))),
        ("ledger", text(schema_for!(LedgerLine))),
    ]
}

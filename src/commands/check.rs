//! `sprag check`: what is wrong with a strategy, and where.

use serde_json::{Value, json};

use super::context::Context;
use super::{Failure, Output};
use crate::adapters::terminal::notice;
use crate::check::{self, Flaw};
use crate::cli::FileArgs;
use crate::expr::Diagnostic;

pub(super) fn run(context: &Context, args: &FileArgs) -> Result<Output, Failure> {
    let (name, text) = context.strategy(args.file.as_ref())?;
    let constraints = context.program()?.settings.constraints;
    let checked = check::read(&name, &text)
        .and_then(|candidate| check::allowed(&candidate, &constraints).map(|()| candidate));
    match checked {
        Ok(candidate) => {
            let compiled = &candidate.compiled;
            if context.global.json {
                return Output::json(&json!({
                    "valid": true,
                    "file": name,
                    "hash": compiled.hash,
                    "nodes": compiled.nodes,
                    "params": candidate.strategy.params.len(),
                    "unused": compiled.unused,
                    "diagnostics": [],
                }));
            }
            for unused in &compiled.unused {
                notice(&format!("warning: {name}: `{unused}` is not used"));
            }
            let line = format!("{name}: valid, {} nodes, hash {}\n", compiled.nodes, compiled.hash);
            Ok(line.into())
        }
        Err(flaw) if context.global.json => {
            let document = json!({ "valid": false, "file": name, "diagnostics": findings(&flaw) });
            Output::json(&document).map(|output| Output { code: 2, ..output })
        }
        Err(flaw) => Err(flaw.into()),
    }
}

fn findings(flaw: &Flaw) -> Vec<Value> {
    match flaw {
        Flaw::Invalid(findings) => findings.iter().map(finding).collect(),
        other => vec![json!({ "message": other.to_string() })],
    }
}

fn finding(finding: &Diagnostic) -> Value {
    let place = finding.line_column();
    json!({
        "message": finding.message,
        "label": finding.label,
        "help": finding.help,
        "line": place.map(|(line, _)| line),
        "column": place.map(|(_, column)| column),
        "rendered": finding.render(false),
    })
}

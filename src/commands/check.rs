//! `sprag check`: what is wrong with a strategy, and where.

use serde_json::{Value, json};

use super::context::Context;
use super::{Failure, Output};
use crate::adapters::data_files;
use crate::adapters::terminal::notice;
use crate::check::{self, Flaw};
use crate::cli::FileArgs;
use crate::expr::{Diagnostic, Listing};

pub(super) fn run(context: &Context, args: &FileArgs) -> Result<Output, Failure> {
    let (name, text) = context.strategy(args.file.as_ref())?;
    let settings = context.program()?.settings;
    let listing = data_files::market_symbols(context.root(), &settings.market)
        .map(|(traded, context)| Listing::named(traded, context));
    let checked = check::read(&name, &text).and_then(|candidate| {
        if let Ok(listing) = &listing {
            check::known(&candidate, &name, listing)?;
        }
        check::allowed(&candidate, &settings.constraints).map(|()| candidate)
    });
    match checked {
        Ok(candidate) => {
            let compiled = &candidate.compiled;
            let symbols = compiled.graph.symbols();
            if context.global.json {
                return Output::json(&json!({
                    "valid": true,
                    "file": name,
                    "hash": compiled.hash,
                    "nodes": compiled.nodes,
                    "params": candidate.strategy.params.len(),
                    "unused": compiled.unused,
                    "symbols": symbols,
                    "symbols_checked": listing.is_ok(),
                    "diagnostics": [],
                }));
            }
            for unused in &compiled.unused {
                notice(&format!("warning: {name}: `{unused}` is not used"));
            }
            if let (Err(error), false) = (&listing, symbols.is_empty()) {
                let symbols: Vec<&str> = symbols.into_iter().collect();
                let symbols = symbols.join(", ");
                notice(&format!("note: not checked whether there are {symbols}: {error}"));
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

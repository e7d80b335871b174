//! `sprag functions`: the reference of the expression language.

use std::fmt::Write;

use serde_json::{Value, json};

use super::context::Context;
use super::{Failure, Output};
use crate::cli::FunctionsArgs;
use crate::expr::functions::{self, Function, Kind, TABLE};
use crate::nearest::nearest;

pub(super) fn run(context: &Context, args: &FunctionsArgs) -> Result<Output, Failure> {
    let chosen: Vec<&Function> = match &args.name {
        None => TABLE.to_vec(),
        Some(name) => vec![functions::find(name).ok_or_else(|| unknown(name))?],
    };
    if context.global.json {
        let rows: Vec<Value> = chosen.iter().map(|function| row(function)).collect();
        return Output::json(&rows);
    }
    if args.name.is_some() {
        return Ok(chosen.iter().map(|function| page(function)).collect::<String>().into());
    }
    Ok(overview(&chosen).into())
}

fn unknown(name: &str) -> Failure {
    let near = nearest(name, functions::names());
    let hint = near.map_or_else(
        || "`sprag functions` lists them all".into(),
        |near| format!("did you mean `{near}`?"),
    );
    Failure::usage(format!("there is no function `{name}`; {hint}"))
}

/// One line each, by group.
fn overview(chosen: &[&Function]) -> String {
    let mut text = String::new();
    let mut group = None;
    for function in chosen {
        if group.replace(function.group) != Some(function.group) {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}", function.group.title());
        }
        let _ = writeln!(text, "  {:<38} {}", function.signature(), function.summary);
    }
    text
}

fn page(function: &Function) -> String {
    let mut text = format!("{}\n\n{}\n", function.signature(), function.summary);
    if !function.outputs.is_empty() {
        let names: Vec<String> = function.outputs.iter().map(|name| format!(".{name}")).collect();
        let _ = writeln!(text, "\noutputs: {} (without a name: the first)", names.join(" "));
    }
    for parameter in function.parameters {
        let _ = writeln!(text, "  {:<10} {}", parameter.name, describe(parameter.kind));
    }
    let _ = writeln!(text, "\nexample: {}", function.example);
    text
}

fn describe(kind: Kind) -> String {
    match kind {
        Kind::Number => "a number series".into(),
        Kind::Condition => "a condition".into(),
        Kind::Window { least } => format!("a constant whole number of bars, at least {least}"),
        Kind::Count { least, most } => format!("a constant whole number from {least} to {most}"),
        Kind::Constant { least, most } => format!("a constant number from {least} to {most}"),
    }
}

fn row(function: &Function) -> Value {
    let parameters: Vec<Value> = function
        .parameters
        .iter()
        .map(|parameter| {
            json!({
                "name": parameter.name,
                "kind": describe(parameter.kind),
                "default": parameter.default,
            })
        })
        .collect();
    json!({
        "name": function.name,
        "group": function.group.title(),
        "signature": function.signature(),
        "summary": function.summary,
        "parameters": parameters,
        "outputs": function.outputs,
        "condition": function.condition,
        "example": function.example,
    })
}

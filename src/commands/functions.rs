//! `sprag functions`: the reference of the expression language.

use std::fmt::Write;

use serde_json::{Value, json};

use super::context::Context;
use super::{Failure, Output};
use crate::cli::FunctionsArgs;
use crate::expr::functions::{self, Kind, Place, Row, rows};
use crate::market::TIMEFRAMES;
use crate::nearest::nearest;

pub(super) fn run(context: &Context, args: &FunctionsArgs) -> Result<Output, Failure> {
    let chosen: Vec<Row> = match &args.name {
        None => rows().collect(),
        Some(name) => vec![Row::find(name).ok_or_else(|| unknown(name))?],
    };
    if context.global.json {
        let rows: Vec<Value> = chosen.iter().map(|row| document(*row)).collect();
        return Output::json(&rows);
    }
    if args.name.is_some() {
        return Ok(chosen.iter().map(|row| page(*row)).collect::<String>().into());
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
fn overview(chosen: &[Row]) -> String {
    let mut text = String::new();
    let mut group = None;
    for row in chosen {
        if group.replace(row.group()) != Some(row.group()) {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}", row.group().title());
        }
        let _ = writeln!(text, "  {:<38} {}", row.signature(), row.summary());
    }
    text
}

fn page(row: Row) -> String {
    let mut text = format!("{}\n\n{}\n", row.signature(), row.summary());
    if !row.outputs().is_empty() {
        let names: Vec<String> = row.outputs().iter().map(|name| format!(".{name}")).collect();
        let _ = writeln!(text, "\noutputs: {} (without a name: the first)", names.join(" "));
    }
    for parameter in row.parameters() {
        let _ = writeln!(text, "  {:<10} {}", parameter.name, describe(parameter.kind));
    }
    let _ = writeln!(text, "\nexample: {}", row.example());
    text
}

fn describe(kind: Kind) -> String {
    match kind {
        Kind::Number => "a number series".into(),
        Kind::Condition => "a condition".into(),
        Kind::Any => "a number series or a condition; the call is what it is".into(),
        Kind::Symbol => "the name of a symbol in quotes".into(),
        Kind::Timeframe => format!("a timeframe in quotes: {}", TIMEFRAMES.join(", ")),
        Kind::Window { least } => format!("a constant whole number of bars, at least {least}"),
        Kind::Count { least, most } => format!("a constant whole number from {least} to {most}"),
        Kind::Constant { least, most } => format!("a constant number from {least} to {most}"),
    }
}

fn document(row: Row) -> Value {
    let parameters: Vec<Value> = row
        .parameters()
        .iter()
        .map(|parameter| {
            json!({
                "name": parameter.name,
                "kind": describe(parameter.kind),
                "default": parameter.default,
            })
        })
        .collect();
    // What an argument of either kind gives is of its kind: the table has no answer.
    let condition = match row {
        Row::Operator(function) => Some(function.condition),
        Row::Reach(reach) if matches!(reach.place, Place::Universe(_)) => Some(false),
        Row::Reach(_) => None,
    };
    json!({
        "name": row.name(),
        "group": row.group().title(),
        "signature": row.signature(),
        "summary": row.summary(),
        "parameters": parameters,
        "outputs": row.outputs(),
        "condition": condition,
        "example": row.example(),
    })
}

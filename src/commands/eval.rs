//! `sprag eval`: expressions' values per bar, as CSV.

use std::fmt::Write;

use super::context::Context;
use super::{Failure, Output};
use crate::check::Flaw;
use crate::cli::EvalArgs;
use crate::expr::{self, Diagnostic, Graph, Listing, NodeId, Reading, Scope, Supplied, Type};
use crate::market::{Bars, format_time};
use crate::nearest::nearest;

pub(super) fn run(context: &Context, args: &EvalArgs) -> Result<Output, Failure> {
    let market = context.market(&context.program()?, &args.data, &args.context)?.market;
    let shown = symbol(market.symbols(), args.symbol.as_deref())?;
    let listing = Listing::of(&market);
    let scope = scope(&args.params)?;
    let mut graph = Graph::default();
    let mut columns: Vec<(String, NodeId)> = Vec::new();
    let named = args.columns.iter().map(|column| assignment("--columns", column));
    let value = args.expr.as_deref().map(|text| Ok(("value", text)));
    for column in value.into_iter().chain(named) {
        let (name, text) = column?;
        let id = lower(name, text, &scope, &listing, &mut graph)?;
        columns.push((name.into(), id));
    }
    if columns.is_empty() {
        return Err(Failure::usage("give an expression, or --columns NAME=EXPR"));
    }
    let roots: Vec<NodeId> = columns.iter().map(|(_, id)| *id).collect();
    let supplies = expr::supplies(&graph, &roots, &market);
    Ok(table(&market.symbols()[shown], &supplies[shown], &graph, &columns).into())
}

/// The place of a symbol among those that are there.
fn symbol(symbols: &[Bars], name: Option<&str>) -> Result<usize, Failure> {
    let Some(name) = name else { return Ok(0) };
    symbols.iter().position(|bars| bars.symbol == name).ok_or_else(|| {
        let known: Vec<&str> = symbols.iter().map(|bars| bars.symbol.as_str()).collect();
        let near = nearest(name, known.iter().copied());
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        Failure::usage(format!("no data for --symbol {name}; there is {}{hint}", known.join(", ")))
    })
}

fn scope(params: &[String]) -> Result<Scope, Failure> {
    let mut scope = Scope::default();
    for param in params {
        let (name, value) = assignment("--param", param)?;
        expr::is_valid_name(name).map_err(Failure::usage)?;
        let value: f64 = value
            .trim()
            .parse()
            .map_err(|_| Failure::usage(format!("--param {param}: `{value}` is not a number")))?;
        scope.param(name, value);
    }
    Ok(scope)
}

fn assignment<'a>(flag: &str, text: &'a str) -> Result<(&'a str, &'a str), Failure> {
    text.split_once('=')
        .map(|(name, value)| (name.trim(), value))
        .ok_or_else(|| Failure::usage(format!("{flag} {text}: expected NAME=…")))
}

fn lower(
    name: &str,
    text: &str,
    scope: &Scope,
    listing: &Listing,
    graph: &mut Graph,
) -> Result<NodeId, Failure> {
    let place = |finding: Diagnostic| Flaw::Invalid(vec![finding.within(name, text, 0)]);
    let expr = expr::parse(text).map_err(place)?;
    let id = expr::lower(&expr, scope, graph).map_err(place)?;
    let missing = expr::survey(&expr, &Reading::default(), Some(listing)).findings;
    missing.into_iter().next().map_or(Ok(id), |finding| Err(place(finding).into()))
}

fn table(bars: &Bars, supplied: &Supplied, graph: &Graph, columns: &[(String, NodeId)]) -> String {
    let roots: Vec<NodeId> = columns.iter().map(|(_, id)| *id).collect();
    let conditions: Vec<bool> = roots.iter().map(|id| graph.kind(*id) == Type::Condition).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut text = format!("time,{}\n", names.join(","));
    let values = expr::columns(graph, &roots, bars, supplied);
    for (bar, time) in bars.time.iter().enumerate() {
        text.push_str(&format_time(*time));
        for (column, condition) in values.iter().zip(&conditions) {
            text.push(',');
            let value = column[bar];
            if *condition {
                text.push_str(if value > 0.0 { "true" } else { "false" });
            } else if value.is_finite() {
                let _ = write!(text, "{value}");
            }
        }
        text.push('\n');
    }
    text
}

//! Evaluates an expression on a market, for the tests of this folder.

use sprag::expr::{self, Graph, Listing, Reading, Scope, lower, parse, supplies, survey};
use sprag::market::Market;

/// An expression's values for each traded symbol; what is wrong with it otherwise.
pub fn try_columns(text: &str, market: &Market) -> Result<Vec<Vec<f64>>, String> {
    let mut graph = Graph::default();
    let place = |finding: expr::Diagnostic| finding.within("expression", text, 0).to_string();
    let expr = parse(text).map_err(place)?;
    let root = lower(&expr, &Scope::default(), &mut graph).map_err(place)?;
    let listing = Listing::of(market);
    if let Some(finding) =
        survey(&expr, &Reading::default(), Some(&listing)).findings.into_iter().next()
    {
        return Err(place(finding));
    }
    let supplied = supplies(&graph, &[root], market);
    let symbols = market.symbols().iter().zip(&supplied);
    let column = |(bars, supplied)| expr::columns(&graph, &[root], bars, supplied).remove(0);
    Ok(symbols.map(column).collect())
}

/// An expression's values for each traded symbol.
#[track_caller]
pub fn columns(text: &str, market: &Market) -> Vec<Vec<f64>> {
    try_columns(text, market).unwrap_or_else(|error| panic!("{error}"))
}

/// Equal to the bit, all NaNs being one.
pub fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

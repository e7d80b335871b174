//! Whether a market has what a strategy asks for: the symbols it names, bars that are short enough.

use std::collections::BTreeSet;

use super::{Source, Strategy};
use crate::expr::{Diagnostic, Listing, Reading, survey};

/// What a market of these symbols can't give a strategy, each finding with its place in the file. Without a
/// listing: what no market can. `file` is its name and text.
pub fn missing(
    strategy: &Strategy,
    file: (&str, &str),
    listing: Option<&Listing>,
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut seen: BTreeSet<(&str, Reading)> = BTreeSet::new();
    let sources = strategy.expressions().into_iter();
    let mut open: Vec<(&Source, Reading)> =
        sources.map(|source| (source, Reading::default())).collect();
    // A [let] is looked at on all bars on which it is read; on each once.
    open.reverse();
    while let Some((source, reading)) = open.pop() {
        if !seen.insert((&source.origin.key, reading.clone())) {
            continue;
        }
        let survey = survey(&source.expr, &reading, listing);
        let placed = survey.findings.into_iter();
        findings.extend(placed.map(|finding| source.origin.place(finding, Some(file))));
        for (name, reading) in survey.names {
            let binding = strategy.lets.iter().find(|(known, _)| *known == name);
            open.extend(binding.map(|(_, source)| (source, reading)));
        }
    }
    // One text may be wrong in the same way on several bars.
    findings.dedup();
    findings
}

//! The report as JSON, for other programs.

use serde_json::{Value, json};

use super::{Material, changes, tables};

/// What the Markdown says, as values; `markdown` is the page itself.
pub fn document(material: &Material<'_>, markdown: &str) -> Value {
    let Material { record, incumbent, before, after, standing, curves } = material;
    let gates = record.gates.iter().map(|gate| {
        json!({
            "id": gate.id, "pass": gate.pass, "value": gate.value, "limit": gate.limit,
            "margin": tables::margin(gate),
        })
    });
    let curves = curves.map(|curves| {
        let stretch = curves.stretches.iter().map(|stretch| {
            json!({
                "span": stretch.span,
                "folds": stretch.folds.iter().map(|(bar, from)| json!({ "bar": bar, "from": from })).collect::<Vec<_>>(),
                "to": stretch.to,
                "candidate": stretch.candidate.equity,
                "incumbent": stretch.incumbent.as_ref().map(|curve| &curve.equity),
                "buy_and_hold": stretch.market.as_ref().map(|curve| &curve.equity),
            })
        });
        stretch.collect::<Vec<_>>()
    });
    json!({
        "iteration": record.iteration,
        "verdict": record.verdict,
        "reason": record.reason,
        "hypothesis": record.hypothesis,
        "score": record.score,
        "delta": record.score.zip(incumbent.and_then(|incumbent| incumbent.score)).map(|(to, from)| to - from),
        "incumbent": incumbent.map(|incumbent| incumbent.iteration),
        "changes": before.zip(*after).map(|(before, after)| changes(before, after)),
        "gates": gates.collect::<Vec<_>>(),
        "luck": record.luck,
        "label": standing.as_ref().map(|(label, _)| label),
        "looks": standing.as_ref().map(|(_, holdout)| holdout.looks),
        "curves": curves,
        "markdown": markdown,
    })
}

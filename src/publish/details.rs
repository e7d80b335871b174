//! Everything about one iteration, as text.

use std::fmt::Write;

use super::{honesty, subject, wrap};
use crate::backtest::metrics;
use crate::state::{
    BenchmarkSummary, Figures, FoldSummary, Proposer, PullRequest, PullState, Record, SpanSummary,
    Usd,
};
use crate::text::block;

/// Characters of a row that are shown; its words may be a model's.
const MOST_OF_A_ROW: usize = 2_000;

/// A record for people.
pub fn show(record: &Record) -> String {
    let mut text = format!("{}\n\n", subject(record, None));
    let mut row = |what: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{what:<12}{}", block(value, MOST_OF_A_ROW));
        }
    };
    row("hypothesis", record.hypothesis.as_deref().unwrap_or_default());
    row("expected", record.expected.as_deref().unwrap_or_default());
    row("idea", record.idea.as_deref().unwrap_or_default());
    for hint in &record.waiting {
        row("waiting", hint);
    }
    row("reason", &record.reason);
    let model = record.proposer.model.as_deref().unwrap_or_default();
    row("proposer", format!("{} {model}", record.proposer.kind).trim());
    row("cost", &cost(&record.proposer));
    row("parent", record.parent.as_deref().unwrap_or_default());
    row("candidate", record.candidate.as_deref().unwrap_or_default());
    row("trial", &record.trial.map_or_else(String::new, |trial| trial.to_string()));
    row("epoch", &record.epoch);
    row("review", &record.pull_request.as_ref().map_or_else(String::new, review));
    row("started", &record.started);
    row("finished", &record.finished);
    let timing: Vec<String> =
        record.timing_ms.iter().map(|(phase, ms)| format!("{phase} {ms:.1}")).collect();
    row("timing (ms)", &timing.join(", "));
    for edit in &record.edits {
        row("edit", &edit.to_string());
    }
    if let Some(luck) = &record.luck {
        let _ = writeln!(text, "\n{}", wrap(&honesty::paragraph(luck)));
    }
    text.push_str(&fit(record));
    text.push_str(&gates(record));
    text.push_str(&parts(record));
    text.push_str(&folds(&record.folds));
    text.push_str(&both(record));
    text
}

/// What the record makes of a pull request.
fn review(pull: &PullRequest) -> String {
    let state = match pull.state {
        PullState::Waiting => "waits for review",
        PullState::NoRoom => "not opened, as too many wait",
        PullState::Merged => "merged",
        PullState::Declined => "declined",
        PullState::Withdrawn => "closed by the loop",
    };
    let number = pull.number.map_or_else(String::new, |number| format!(" {number}"));
    let mut text = format!("pull request{number} of iteration {}: {state}", pull.iteration);
    if !pull.by.is_empty() {
        let _ = write!(text, ", by {}", pull.by.join(", "));
    }
    if let Some(other) = pull.replaces {
        let _ = write!(text, ", in place of that of iteration {other}");
    }
    text
}

/// What the proposal cost; nothing where nobody was paid.
fn cost(proposer: &Proposer) -> String {
    if proposer.bill().is_nothing() {
        return String::new();
    }
    let usd = match proposer.usd {
        Some(Usd::Known(usd)) => format!("{usd:.4} USD"),
        Some(Usd::Unknown(_)) => "a price that isn't known".into(),
        None => "free of charge".into(),
    };
    format!("{} tokens read, {} written, {usd}", proposer.tokens_in, proposer.tokens_out)
}

fn fit(record: &Record) -> String {
    let Some(fit) = &record.fit else { return String::new() };
    let mut text = format!("  {} combinations tried on each in-sample part\n", fit.tried);
    for (part, values) in fit.chosen.iter().enumerate() {
        let values: Vec<String> =
            values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let _ = writeln!(text, "  part {part:<3} {}", values.join(", "));
    }
    heading("fitted parameters", &text)
}

fn gates(record: &Record) -> String {
    let mut text = String::new();
    for gate in &record.gates {
        let mark = if gate.pass { "pass" } else { "FAIL" };
        let _ = writeln!(
            text,
            "  {mark}  {:<22} {:>10} (limit {})",
            gate.id,
            number(gate.value),
            number(gate.limit)
        );
    }
    heading("gates", &text)
}

fn parts(record: &Record) -> String {
    let mut text = String::new();
    for (name, value) in record.parts.iter().flat_map(Figures::all) {
        let _ = writeln!(text, "  {name:<22} {:>10}", number(value));
    }
    heading("score parts", &text)
}

fn folds(folds: &[FoldSummary]) -> String {
    let mut text = String::new();
    for fold in folds {
        let _ = writeln!(
            text,
            "  {:<14} {} to {}  {:>5} bars {:>4} trades  return {:>8}  sharpe {:>7}  drawdown {:>7}",
            fold.span,
            day(&fold.from),
            day(&fold.to),
            fold.bars,
            fold.trades,
            number(fold.total_return),
            number(fold.sharpe),
            number(fold.max_drawdown),
        );
    }
    heading("folds", &text)
}

/// In-sample and out-of-sample metrics side by side.
fn both(record: &Record) -> String {
    let value = |metrics: &Option<Figures>, name: &str| {
        number(metrics.as_ref().and_then(|metrics| metrics.get(name)))
    };
    if record.in_sample.is_none() && record.out_of_sample.is_none() {
        return String::new();
    }
    let mut text = format!("  {:<26} {:>14} {:>14}\n", "", "in-sample", "out-of-sample");
    for metric in metrics::TABLE {
        let _ = writeln!(
            text,
            "  {:<26} {:>14} {:>14}",
            metric.name,
            value(&record.in_sample, metric.name),
            value(&record.out_of_sample, metric.name)
        );
    }
    heading("metrics", &text) + &benchmark(record)
}

/// What the market did by itself, in the same folds.
fn benchmark(record: &Record) -> String {
    let Some(BenchmarkSummary { in_sample, out_of_sample }) = &record.benchmark else {
        return String::new();
    };
    let rows = |span: &SpanSummary| {
        [
            ("total_return", span.total_return),
            ("cagr", span.cagr),
            ("volatility", span.volatility),
            ("sharpe", span.sharpe),
            ("max_drawdown", span.max_drawdown),
        ]
    };
    let mut text = String::new();
    for ((name, inside), (_, outside)) in rows(in_sample).into_iter().zip(rows(out_of_sample)) {
        let (inside, outside) = (number(inside), number(outside));
        let _ = writeln!(text, "  {name:<26} {inside:>14} {outside:>14}");
    }
    heading("buy-and-hold of all symbols, same folds and costs", &text)
}

fn heading(title: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\n{title}\n{text}") }
}

fn day(time: &str) -> &str {
    time.split('T').next().unwrap_or(time)
}

/// Enough digits to read, none to fill space.
pub(crate) fn number(value: Option<f64>) -> String {
    match value {
        None => "-".into(),
        Some(x) if x.fract() == 0.0 && x.abs() < 1e9 => format!("{x}"),
        Some(x) if x.abs() >= 1_000.0 => format!("{x:.2}"),
        Some(x) => format!("{x:.4}"),
    }
}

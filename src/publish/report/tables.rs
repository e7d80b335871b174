//! The tables of a report: metrics, folds, gates and parts of the score, incumbent beside candidate.

use std::fmt::Write;

use crate::state::{Figures, FoldSummary, GateOutcome, Record, SpanSummary};
use crate::text::markdown;

/// Most folds and gates that have a row; the rest is counted.
const MOST_ROWS: usize = 60;

/// How a number is written.
#[derive(Clone, Copy)]
enum Form {
    Percent,
    Plain,
    Count,
}

impl Form {
    fn write(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{:.2} %", value * 100.0),
            Self::Plain => format!("{value:.2}"),
            Self::Count => format!("{value:.0}"),
        }
    }

    fn show(self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".into(), |value| self.write(value))
    }

    fn change(self, from: Option<f64>, to: Option<f64>) -> String {
        let Some((from, to)) = from.zip(to) else { return String::new() };
        let sign = if to > from { "+" } else { "" };
        let text = self.write(to - from);
        // What rounds to nothing has no sign.
        let is_zero = !text.chars().any(|c| ('1'..='9').contains(&c));
        if is_zero { text.trim_start_matches('-').into() } else { format!("{sign}{text}") }
    }
}

/// Metrics that a reviewer looks at, by the names of records.
const METRICS: [(&str, &str, Form); 11] = [
    ("total_return", "Total return", Form::Percent),
    ("cagr", "Growth per year", Form::Percent),
    ("volatility", "Volatility per year", Form::Percent),
    ("sharpe", "Sharpe ratio", Form::Plain),
    ("calmar", "Calmar ratio", Form::Plain),
    ("max_drawdown", "Maximum drawdown", Form::Percent),
    ("trades", "Trades", Form::Count),
    ("win_rate", "Trades that won", Form::Percent),
    ("return_per_trade", "Return per trade", Form::Percent),
    ("profit_factor", "Profit factor", Form::Plain),
    ("exposure", "Exposure", Form::Percent),
];

/// The metrics of a span, with what buy-and-hold did.
fn metrics(
    title: &str,
    (incumbent, candidate): (Option<&Figures>, &Figures),
    market: Option<&SpanSummary>,
) -> String {
    // Each text is gone through once.
    let pick = |metrics: &Figures| metrics.pick(METRICS.map(|(name, ..)| name));
    let before = incumbent.map_or([None; METRICS.len()], pick);
    let mut text = format!(
        "| {title} | incumbent | candidate | change | buy-and-hold |\n|---|--:|--:|--:|--:|\n"
    );
    let values = before.into_iter().zip(pick(candidate));
    for ((name, label, form), (from, to)) in METRICS.into_iter().zip(values) {
        let market = market.and_then(|market| match name {
            "total_return" => market.total_return,
            "cagr" => market.cagr,
            "volatility" => market.volatility,
            "sharpe" => market.sharpe,
            "max_drawdown" => market.max_drawdown,
            _ => None,
        });
        let market = market.map_or_else(String::new, |value| form.write(value));
        let from_text = if incumbent.is_some() { form.show(from) } else { String::new() };
        let _ = writeln!(
            text,
            "| {label} | {from_text} | {} | {} | {market} |",
            form.show(to),
            form.change(from, to)
        );
    }
    text
}

/// Both spans.
pub fn spans(incumbent: Option<&Record>, record: &Record) -> String {
    let market = record.benchmark.as_ref();
    let mut tables = Vec::new();
    if let Some(candidate) = &record.out_of_sample {
        let before = incumbent.and_then(|incumbent| incumbent.out_of_sample.as_ref());
        let market = market.map(|market| &market.out_of_sample);
        tables.push(metrics("Out-of-sample", (before, candidate), market));
    }
    if let Some(candidate) = &record.in_sample {
        let before = incumbent.and_then(|incumbent| incumbent.in_sample.as_ref());
        let market = market.map(|market| &market.in_sample);
        tables.push(metrics("In-sample", (before, candidate), market));
    }
    tables.join("\n")
}

/// A row per fold; with an incumbent, its value and then the candidate's.
pub fn folds(incumbent: Option<&Record>, record: &Record) -> String {
    if record.folds.is_empty() {
        return String::new();
    }
    let mut text = "| Fold | from | to | return | Sharpe ratio | drawdown | trades |\n\
                    |---|---|---|--:|--:|--:|--:|\n"
        .to_owned();
    for fold in record.folds.iter().take(MOST_ROWS) {
        let before = incumbent.and_then(|incumbent| same_fold(incumbent, fold));
        let pair = |form: Form, of: fn(&FoldSummary) -> Option<f64>| {
            let to = form.show(of(fold));
            before.map_or_else(|| to.clone(), |before| format!("{} → {to}", form.show(of(before))))
        };
        let _ = writeln!(
            text,
            "| {} {} | {} | {} | {} | {} | {} | {} |",
            markdown::line(&fold.span.replace('_', "-"), 40).replace("\\-", "-"),
            fold.id,
            day(&fold.from),
            day(&fold.to),
            pair(Form::Percent, |fold| fold.total_return),
            pair(Form::Plain, |fold| fold.sharpe),
            pair(Form::Percent, |fold| fold.max_drawdown),
            pair(Form::Count, |fold| Some(fold.trades as f64)),
        );
    }
    text + &more(record.folds.len())
}

fn same_fold<'a>(incumbent: &'a Record, fold: &FoldSummary) -> Option<&'a FoldSummary> {
    let key = |fold: &FoldSummary| (fold.span.clone(), fold.id, fold.from.clone());
    incumbent.folds.iter().find(|other| key(other) == key(fold))
}

fn day(time: &str) -> String {
    let day = time.split('T').next().unwrap_or(time);
    day.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(20).collect()
}

fn more(rows: usize) -> String {
    if rows > MOST_ROWS { format!("\nand {} more\n", rows - MOST_ROWS) } else { String::new() }
}

/// How far a gate was passed, or missed by; negative where missed.
pub fn margin(gate: &GateOutcome) -> Option<f64> {
    let apart = (gate.value? - gate.limit?).abs();
    Some(if gate.pass { apart } else { -apart })
}

/// All gates that were asked, what failed first.
pub fn gates(record: &Record) -> String {
    if record.gates.is_empty() {
        return String::new();
    }
    let mut text = "| Gate | | value | limit | margin |\n|---|---|--:|--:|--:|\n".to_owned();
    let mut gates: Vec<&GateOutcome> = record.gates.iter().collect();
    gates.sort_by_key(|gate| gate.pass);
    let number = |value: Option<f64>| {
        value.map_or_else(|| "–".into(), |value| crate::publish::details::number(Some(value)))
    };
    for gate in gates.iter().take(MOST_ROWS) {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            markdown::code(&gate.id, 40),
            if gate.pass { "passed" } else { "**failed**" },
            number(gate.value),
            number(gate.limit),
            number(margin(gate)),
        );
    }
    text + &more(gates.len())
}

/// What the parts of the score mean; those in between are left to the record.
const PARTS: [(&str, &str); 9] = [
    ("E", "signed edge, -1 to 1"),
    ("f_trades", "enough trades"),
    ("f_drawdown", "drawdown at 10 % volatility"),
    ("f_consistency", "every fold carries its share"),
    ("f_degradation", "as good as in-sample"),
    ("f_exposure", "not microscopic"),
    ("f_limit", "not over-levered"),
    ("sharpe_oos", "Sharpe ratio, corrected for autocorrelation"),
    ("n_eff", "effective number of trades"),
];

/// The parts that the score is made of.
pub fn parts(incumbent: Option<&Record>, record: &Record) -> String {
    let Some(parts) = &record.parts else { return String::new() };
    let mut text =
        "| Part of the score | incumbent | candidate | |\n|---|--:|--:|---|\n".to_owned();
    let pick = |parts: &Figures| parts.pick(PARTS.map(|(name, _)| name));
    let before = incumbent.and_then(|incumbent| incumbent.parts.as_ref());
    let before = before.map_or([None; PARTS.len()], pick);
    let mut row = |name: &str, from: Option<f64>, to: Option<f64>, meaning: &str| {
        let from = from.map_or_else(String::new, |from| format!("{from:.3}"));
        let to = to.map_or_else(|| "–".into(), |to| format!("{to:.3}"));
        let _ = writeln!(text, "| {name} | {from} | {to} | {meaning} |");
    };
    row("score", incumbent.and_then(|incumbent| incumbent.score), record.score, "-100 to 100");
    let values = before.into_iter().zip(pick(parts));
    for ((name, meaning), (from, to)) in PARTS.into_iter().zip(values) {
        row(&format!("`{name}`"), from, to, meaning);
    }
    text
}

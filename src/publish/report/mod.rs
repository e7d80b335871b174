//! The report of one iteration: Markdown for a pull request, a job's summary or the terminal, and a picture.
//!
//! Made from records, strategy texts and curves alone. All words of others are escaped, and whatever the history, a report
//! is shorter than what GitHub takes: sections that don't fit are left out, the least important first, and named.
//!
//! Never touches git, files, the clock, or the holdout.

mod changes;
mod curves;
mod document;
mod picture;
mod tables;

pub use changes::{Change, changes};
pub use curves::{Curve, Curves, Stretch};
pub use document::document;
pub use picture::{chart, svg};

use std::fmt::Write;

use super::{change, honesty, name};
use crate::state::{Holdout, Label, Record, State, Usd, Verdict};
use crate::text::markdown;
use crate::verify::Script;

/// Longest body of a pull request or an issue on GitHub, in characters.
pub const BODY_CHARS: usize = 65_536;
/// Longest summary of a step on GitHub, in bytes.
pub const SUMMARY_BYTES: usize = 1 << 20;
/// What one report may take, in bytes: a body with some room for what stands around it.
pub const MOST_BYTES: usize = 60_000;

const MOST_WORDS: usize = 1_000;
const MOST_REASON: usize = 2_000;

/// What a report is made of.
#[derive(Debug, Clone)]
pub struct Material<'a> {
    /// The iteration.
    pub record: &'a Record,
    /// The record of what it had to beat, in the same epoch.
    pub incumbent: Option<&'a Record>,
    /// The strategy that it started from.
    pub before: Option<&'a str>,
    /// The strategy that it tried.
    pub after: Option<&'a str>,
    /// What may be claimed of the candidate now, and the looks that were used.
    pub standing: Option<(Label, Holdout)>,
    /// Equity and drawdown.
    pub curves: Option<&'a Curves>,
}

impl<'a> Material<'a> {
    /// What the history says of an iteration, and of what it evaluated.
    pub fn of(
        state: &'a State,
        record: &'a Record,
        script: Option<&'a Script>,
        curves: Option<&'a Curves>,
    ) -> Self {
        let records = state.history().records();
        let incumbent = script.and_then(|script| records.get(script.incumbent?)).map(AsRef::as_ref);
        let current = state.status().is_some_and(|status| status.epoch == record.epoch);
        let label = record.candidate.as_deref().map(|candidate| state.ledger().label(candidate));
        Self {
            record,
            incumbent: incumbent.filter(|incumbent| incumbent.epoch == record.epoch),
            before: script.and_then(|script| script.incumbent_text.as_deref()),
            after: script.and_then(|script| script.candidate.as_deref().ok()),
            standing: label.filter(|_| current).map(|label| (label, state.ledger().holdout())),
            curves,
        }
    }
}

/// The command that makes an iteration again, in a clone of the repository.
pub fn reproduce(record: &Record) -> String {
    format!("sprag verify {}", record.iteration)
}

/// How the curves are shown.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// Not at all.
    Not,
    /// By a link to the picture; an address or a path that whoever reads the page can open.
    Picture(&'a str),
    /// As a chart of text.
    Chart,
}

/// One part of a report.
struct Section {
    title: &'static str,
    text: String,
    /// Those with a larger number go first when there is no room.
    dispensable: u8,
}

/// The report as Markdown, at most [`MOST_BYTES`] long. `reproduce` is the command that evaluates it again; it is left
/// out where nothing was evaluated.
pub fn markdown(material: &Material<'_>, shown: Shown<'_>, reproduce: &str) -> String {
    let head = head(material);
    let record = material.record;
    let section = |title, text, dispensable| Section { title, text, dispensable };
    let sections = [
        section("What changes", what_changes(material), 3),
        section("Why it ended so", why(record), 0),
        section("Results", tables::spans(material.incumbent, record), 1),
        section("Equity and drawdown", curves_shown(material, shown), 4),
        section("Gates", tables::gates(record), 2),
        section("What luck would show", luck(material), 0),
        section("Score", tables::parts(material.incumbent, record), 5),
        section("By fold", tables::folds(material.incumbent, record), 6),
        section("Cost of the iteration", cost(record), 7),
        section("Reproduce", again(record, reproduce), 1),
    ];
    assemble(head, sections.into_iter().filter(|section| !section.text.is_empty()).collect())
}

/// Puts sections together, without those for which there is no room.
fn assemble(head: String, mut sections: Vec<Section>) -> String {
    let mut left_out = Vec::new();
    let length = |sections: &[Section]| -> usize {
        sections.iter().map(|section| section.title.len() + section.text.len() + 8).sum()
    };
    while head.len() + length(&sections) + 500 > MOST_BYTES {
        let most = sections.iter().enumerate().max_by_key(|(_, section)| section.dispensable);
        let Some((at, _)) = most else { break };
        left_out.push(sections.remove(at).title);
    }
    let mut text = head;
    for Section { title, text: section, .. } in sections {
        let _ = write!(text, "\n#### {title}\n\n{section}");
    }
    if !left_out.is_empty() {
        let _ = write!(text, "\nToo long for this page: {}.\n", left_out.join(", "));
    }
    text
}

/// Title, hypothesis and who proposed it.
fn head(material: &Material<'_>) -> String {
    let Material { record, incumbent, .. } = material;
    let mut text = format!("### Iteration {}: {}", record.iteration, name(record.verdict));
    if let Some(score) = record.score {
        let _ = write!(text, ", score {score:.2}");
        if let Some(before) = incumbent.and_then(|incumbent| incumbent.score) {
            let _ = write!(text, " ({})", change(score - before));
        }
    }
    text.push_str("\n\n");
    if let Some(hypothesis) = &record.hypothesis {
        let _ = writeln!(text, "> {}\n", markdown::line(hypothesis, MOST_WORDS));
    }
    if let Some(expected) = &record.expected {
        let _ = writeln!(text, "Expected: {}\n", markdown::line(expected, MOST_WORDS));
    }
    if let Some(idea) = &record.idea {
        let _ =
            writeln!(text, "It takes up a person's idea: {}\n", markdown::line(idea, MOST_WORDS));
    }
    let kind = markdown::code(&record.proposer.kind, 40);
    let model = markdown::code(record.proposer.model.as_deref().unwrap_or_default(), 100);
    let by = match (kind.as_str(), model.as_str()) {
        ("", _) => String::new(),
        (kind, "") => format!("Proposed by {kind}"),
        (kind, model) => format!("Proposed by {kind} ({model})"),
    };
    let against = match incumbent {
        Some(incumbent) => format!("measured against iteration {}", incumbent.iteration),
        None => String::new(),
    };
    let said: Vec<String> = [by, against].into_iter().filter(|said| !said.is_empty()).collect();
    if !said.is_empty() {
        let mut said = said.join(", ");
        if let Some(first) = said.get(..1).map(str::to_uppercase) {
            said.replace_range(..1, &first);
        }
        let _ = writeln!(text, "{said}.");
    }
    text
}

fn what_changes(material: &Material<'_>) -> String {
    match (material.before, material.after) {
        (Some(before), Some(after)) => {
            let words = changes::in_words(&changes(before, after));
            let diff = changes::diff(before, after);
            [words, diff].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
        }
        // There is nothing that it differs from.
        (None, Some(_)) => "It is where this history begins.\n".into(),
        _ => {
            let edits = material.record.edits.iter().take(40);
            edits.map(|edit| format!("- {}\n", markdown::code(&edit.to_string(), 300))).collect()
        }
    }
}

fn why(record: &Record) -> String {
    let reason = markdown::line(&record.reason, MOST_REASON);
    if reason.is_empty() { reason } else { format!("{reason}\n") }
}

fn curves_shown(material: &Material<'_>, shown: Shown<'_>) -> String {
    match (material.curves, shown) {
        (None, Shown::Chart) | (_, Shown::Not) => String::new(),
        (Some(curves), Shown::Chart) => chart(curves),
        (_, Shown::Picture(at)) => format!(
            "![Growth of 1 and drawdown of candidate, incumbent and buy-and-hold, out-of-sample shaded]({})\n",
            address(at)
        ),
    }
}

/// Where a committed picture is, for a page of the same repository: GitHub shows it there to whoever may see the
/// repository, private ones included. `page` is where people see the repository (`https://github.com/owner/name`).
pub fn picture_address(page: &str, commit: &str, path: &str) -> String {
    format!("{page}/blob/{commit}/{path}?raw=true")
}

/// An address that ends neither the link nor the line.
fn address(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            ' ' | '(' | ')' | '<' | '>' | '\\' => {
                let _ = write!(out, "%{:02X}", c as u32);
            }
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The sentence that stands wherever a score does, and what may be claimed.
fn luck(material: &Material<'_>) -> String {
    let mut text = String::new();
    if let Some(luck) = &material.record.luck {
        let _ = writeln!(text, "{}", honesty::paragraph(luck));
        text.push_str(
            "\nDSR is the deflated Sharpe ratio: the probability that the true Sharpe ratio is above 0, given the number of \
             trials. PBO is the probability that choosing the best of the trials overfits. The out-of-sample span chose the \
             candidate, so its numbers flatter it.\n",
        );
    }
    if let Some((label, holdout)) = &material.standing {
        let _ = writeln!(text, "\nNow: {}.", honesty::meaning(*label, holdout));
    }
    text
}

fn again(record: &Record, command: &str) -> String {
    match record.trial {
        Some(_) => markdown::fence("sh", command, 500),
        None => String::new(),
    }
}

/// Tokens, money and time.
fn cost(record: &Record) -> String {
    let bill = &record.proposer;
    let mut text = match (bill.tokens_in + bill.tokens_out, bill.usd) {
        (0, None) => "No model was asked".to_owned(),
        (_, usd) => {
            let usd = match usd {
                Some(Usd::Known(usd)) => format!("{usd:.4} USD"),
                Some(Usd::Unknown(_)) => "a price that isn't known".into(),
                None => "nothing to pay".into(),
            };
            format!("{} tokens read, {} written, {usd}", bill.tokens_in, bill.tokens_out)
        }
    };
    if let Some(total) = record.timing_ms.get("total") {
        let _ = write!(text, "; {:.1} s in all", total / 1e3);
    }
    text.push_str(".\n");
    if let Some(fit) = &record.fit {
        let _ =
            writeln!(text, "\nFitting tried {} combinations on each in-sample part.", fit.tried);
    }
    text
}

/// Reports of a run for a job's summary: in full as long as there is room, the accepted ones first, the others in a line.
pub fn summary(title: &str, reports: &[(&Record, String)]) -> String {
    let mut text = format!("## {title}\n");
    let important = |record: &Record| {
        matches!(record.verdict, Verdict::Accepted | Verdict::External | Verdict::Baseline)
    };
    let mut order: Vec<usize> = (0..reports.len()).rev().collect();
    order.sort_by_key(|at| !important(reports[*at].0));
    let mut room = SUMMARY_BYTES / 2;
    let mut shown = vec![false; reports.len()];
    for at in order {
        let length = reports[at].1.len();
        shown[at] = length < room;
        room = room.saturating_sub(length);
    }
    for (at, (record, report)) in reports.iter().enumerate().rev() {
        if shown[at] {
            let _ = write!(text, "\n{report}");
        } else if text.len() < SUMMARY_BYTES - 100_000 {
            let subject = markdown::line(&super::subject(record, None), 300);
            let _ = write!(text, "\n{subject}\n");
        }
    }
    text
}

//! What was tried, in short: by family of idea, what was kept, what people declined, the last iterations.
//!
//! Its length depends on the number of families, not on that of iterations.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::{clipped, number, percent, quoted};
use crate::propose::{Disclosure, PastProposal};
use crate::state::Verdict;

/// Rows of the table of families; rarer ones are summed up.
const FAMILIES: usize = 24;
/// Changes that were kept, latest first.
const KEPT: usize = 8;
/// Reasons of reviewers, latest first.
const DECLINED: usize = 6;
/// Ideas of people, latest first.
const IDEAS: usize = 6;
/// Last iterations, one by one.
const LAST: usize = 10;
/// Characters of a hypothesis or a reason.
const WORDS: usize = 220;
/// Characters of an edit, and edits of an iteration.
const EDIT: usize = 160;
const EDITS: usize = 4;

pub(super) fn digest(disclosure: &Disclosure, most: usize) -> String {
    let past = &disclosure.past;
    if past.is_empty() {
        return "Nothing was proposed yet.\n".into();
    }
    // The most useful first: what doesn't fit is cut at the end.
    let parts = [last(past), families(past), declined(past), ideas(past), kept(past)];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    clipped(&parts.join("\n"), most)
}

#[derive(Default)]
struct Family<'a> {
    tried: usize,
    kept: usize,
    /// Not evaluated: duplicates and invalid ones.
    wasted: usize,
    gates: BTreeMap<&'a str, usize>,
    latest: u64,
}

fn families(past: &[Arc<PastProposal>]) -> String {
    let mut families: BTreeMap<&str, Family<'_>> = BTreeMap::new();
    for proposal in past {
        let family = families.entry(&proposal.family).or_default();
        family.tried += 1;
        family.kept += usize::from(proposal.accepted());
        family.wasted += usize::from(!proposal.evaluated);
        family.latest = proposal.iteration;
        for gate in &proposal.failed_gates {
            *family.gates.entry(gate).or_default() += 1;
        }
    }
    let mut rows: Vec<(&str, Family<'_>)> = families.into_iter().collect();
    rows.sort_by_key(|(name, family)| (std::cmp::Reverse(family.tried), *name));
    let mut text = String::from(
        "All proposals by what they changed:\n\n\
         | family | tried | kept | not evaluated | failed gates | latest |\n|---|---|---|---|---|---|\n",
    );
    for (name, family) in rows.iter().take(FAMILIES) {
        let gates: Vec<String> = family.gates.iter().map(|(id, n)| format!("{id} {n}")).collect();
        let _ = writeln!(
            text,
            "| {name} | {} | {} | {} | {} | {} |",
            family.tried,
            family.kept,
            family.wasted,
            gates.join(", "),
            family.latest
        );
    }
    if rows.len() > FAMILIES {
        let rest = &rows[FAMILIES..];
        let sum = |of: fn(&Family<'_>) -> usize| rest.iter().map(|(_, f)| of(f)).sum::<usize>();
        let (tried, kept, wasted) = (sum(|f| f.tried), sum(|f| f.kept), sum(|f| f.wasted));
        let _ = writeln!(text, "| {} more | {tried} | {kept} | {wasted} | | |", rest.len());
    }
    text
}

fn kept(past: &[Arc<PastProposal>]) -> String {
    let kept = past.iter().rev().filter(|proposal| proposal.accepted()).take(KEPT);
    listed("Changes that were kept, latest first:", kept, |proposal| {
        format!("{}{}", words(proposal), edits(proposal))
    })
}

fn declined(past: &[Arc<PastProposal>]) -> String {
    let declined = past.iter().rev().filter(|proposal| proposal.declined.is_some()).take(DECLINED);
    listed("Accepted changes that reviewers declined, with their words:", declined, |proposal| {
        let why = proposal.declined.as_deref().unwrap_or_default();
        format!("{} declined: {}", words(proposal), quoted(why, WORDS))
    })
}

fn ideas(past: &[Arc<PastProposal>]) -> String {
    let ideas = past.iter().rev().filter(|proposal| proposal.idea.is_some()).take(IDEAS);
    listed("Ideas of people that were tried:", ideas, |proposal| {
        let idea = proposal.idea.as_deref().unwrap_or_default();
        format!(" {}: {}", outcome(proposal), quoted(idea, WORDS))
    })
}

fn last(past: &[Arc<PastProposal>]) -> String {
    listed("The last iterations, latest first:", past.iter().rev().take(LAST), |proposal| {
        let mut text = format!(" {} by {}", outcome(proposal), quoted(&proposal.operator, 60));
        if let Some(found) = &proposal.seen {
            let _ = write!(
                text,
                "; in-sample sharpe {}, drawdown {}, {} trades, exposure {}",
                number(found.sharpe),
                percent(found.max_drawdown),
                number(found.trades),
                percent(found.exposure)
            );
        }
        if let Some(rung) = proposal.told.rung() {
            let _ = write!(text, "; score {rung}, the best told until then");
        }
        text + &words(proposal) + &edits(proposal)
    })
}

fn listed<'a>(
    heading: &str,
    proposals: impl Iterator<Item = &'a Arc<PastProposal>>,
    describe: impl Fn(&PastProposal) -> String,
) -> String {
    let mut text = String::new();
    for proposal in proposals {
        let _ = writeln!(text, "- {}:{}", proposal.iteration, describe(proposal));
    }
    if text.is_empty() { text } else { format!("{heading}\n\n{text}") }
}

fn outcome(proposal: &PastProposal) -> String {
    let ending = match proposal.verdict {
        Verdict::Accepted => "kept",
        Verdict::Rejected if !proposal.failed_gates.is_empty() => {
            return format!("rejected ({})", proposal.failed_gates.join(", "));
        }
        Verdict::Rejected => "rejected",
        Verdict::Duplicate => "a duplicate, not evaluated",
        Verdict::Invalid => "invalid, not evaluated",
        Verdict::Declined => "declined by a reviewer",
        Verdict::Failed | Verdict::Abandoned => "not finished",
        Verdict::Baseline | Verdict::External | Verdict::Merged => "taken in",
    };
    ending.into()
}

fn words(proposal: &PastProposal) -> String {
    let words = proposal.hypothesis.as_deref().unwrap_or_default();
    if words.is_empty() { String::new() } else { format!(" {}", quoted(words, WORDS)) }
}

fn edits(proposal: &PastProposal) -> String {
    let mut text = String::new();
    for edit in proposal.edits.iter().take(EDITS) {
        let _ = write!(text, "\n  - {}", crate::text::line(&edit.to_string(), EDIT));
    }
    let more = proposal.edits.len().saturating_sub(EDITS);
    if more > 0 {
        let _ = write!(text, "\n  - and {more} more");
    }
    text
}

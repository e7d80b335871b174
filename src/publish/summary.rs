//! Iterations in short, as text: a line each, where the research is, what a run did.

use std::fmt::Write;
use std::sync::Arc;

use serde::Serialize;

use super::{change, chart, honesty, name};
use crate::certify::Standing;
use crate::state::{Record, Spend, Status, Verdict, Waiting};

/// One iteration in a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Its number.
    pub iteration: u64,
    /// How it ended.
    pub verdict: Verdict,
    /// The score; none where nothing was evaluated.
    pub score: Option<f64>,
    /// The score less the incumbent's before it, in the same epoch.
    pub delta: Option<f64>,
    /// What was tried; for a baseline or a person's edit, why.
    pub hypothesis: String,
    /// Running number of the trial.
    pub trial: Option<u64>,
}

/// A record in a line, without the change of score, which needs the records before it.
fn line(record: &Record) -> Line {
    Line {
        iteration: record.iteration,
        verdict: record.verdict,
        score: record.score,
        delta: None,
        hypothesis: record.hypothesis.clone().unwrap_or_else(|| record.reason.clone()),
        trial: record.trial,
    }
}

/// Records as lines, oldest first; `found` is the epoch and score of the incumbent before them.
pub fn lines(found: Option<(&str, f64)>, records: &[Arc<Record>]) -> Vec<Line> {
    let mut incumbent = found;
    records
        .iter()
        .map(|record| {
            let before = incumbent.filter(|(epoch, _)| *epoch == record.epoch);
            let delta = record.score.zip(before).map(|(score, (_, before))| score - before);
            if record.moves_incumbent() {
                incumbent = record.score.map(|score| (record.epoch.as_str(), score));
            }
            Line { delta, ..line(record) }
        })
        .collect()
}

/// Lines for people, latest first.
pub fn log(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines.iter().rev() {
        let score = line.score.map_or_else(String::new, |score| format!("{score:.2}"));
        let delta = line.delta.map_or_else(String::new, change);
        let _ = writeln!(
            text,
            "{:>6}  {:<9} {score:>7} {delta:>7}  {}",
            line.iteration,
            name(line.verdict),
            line.hypothesis.lines().next().unwrap_or_default(),
        );
    }
    text
}

/// Where the research is. `standing` is what can be said of the incumbent beside its score.
pub fn status(status: &Status, records: &[Arc<Record>], standing: Option<&Standing>) -> String {
    let score = |score: Option<f64>| score.map_or_else(|| "-".into(), |s| format!("{s:.2}"));
    let mut text = format!("iteration {}, epoch {}\n\n", status.iteration, status.epoch);
    let mut row = |what: &str, value: String| {
        let _ = writeln!(text, "  {what:<10} {value}");
    };
    let incumbent = &status.incumbent;
    row(
        "incumbent",
        format!(
            "score {} since iteration {} ({})",
            score(incumbent.score),
            incumbent.iteration,
            incumbent.hash
        ),
    );
    row(
        "baseline",
        format!(
            "score {} at iteration {}",
            score(status.baseline.score),
            status.baseline.iteration
        ),
    );
    row(
        "best",
        format!("score {} at iteration {}", score(status.best.score), status.best.iteration),
    );
    row("trials", status.trials.to_string());
    row("verdicts", verdicts(status.verdicts.iter().map(|(verdict, n)| (*verdict, *n))));
    let stage = status.plateau.stage.name();
    row("plateau", format!("{stage}, no better since iteration {}", status.plateau.since));
    if !status.pull_requests.is_empty() {
        row("waiting", waiting(&status.pull_requests));
    }
    row("label", honesty::meaning(status.label, &status.holdout));
    if let Some(standing) = standing {
        row("next look", standing.not_due.as_ref().map_or("due".into(), ToString::to_string));
    }
    row("spent", spent(&status.spend));
    row("updated", status.updated.clone());
    text.push_str(&climb(records, &status.epoch));
    text.push('\n');
    text.push_str(&standing.map_or_else(String::new, honesty::standing));
    text
}

/// Iterations whose pull requests wait for review, with their scores.
fn waiting(pulls: &[Waiting]) -> String {
    let one = |pull: &Waiting| match pull.score {
        Some(score) => format!("{} (score {score:.2})", pull.iteration),
        None => pull.iteration.to_string(),
    };
    format!("for review: iterations {}", pulls.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Tokens and money; nothing where nothing was asked.
fn spent(spend: &Spend) -> String {
    let Spend { tokens_in, tokens_out, usd, unknown_cost_calls, .. } = spend;
    if tokens_in + tokens_out + unknown_cost_calls == 0 && *usd <= 0.0 {
        return "nothing".into();
    }
    let mut text = format!("{tokens_in} tokens read, {tokens_out} written, {usd:.4} USD");
    if *unknown_cost_calls > 0 {
        let s = if *unknown_cost_calls == 1 { "" } else { "s" };
        let _ = write!(text, " and {unknown_cost_calls} iteration{s} whose price isn't known");
    }
    text
}

/// What one run did.
pub fn run(records: &[Arc<Record>]) -> String {
    let Some(last) = records.last() else { return "no iterations were run\n".into() };
    let mut counts: Vec<(Verdict, u64)> = Vec::new();
    for verdict in Verdict::ALL {
        let n = records.iter().filter(|record| record.verdict == verdict).count() as u64;
        counts.push((verdict, n));
    }
    let first = &records[0];
    let range = if first.iteration == last.iteration {
        format!("iteration {}", last.iteration)
    } else {
        format!("iterations {} to {}", first.iteration, last.iteration)
    };
    let luck = records.iter().rev().find_map(|record| record.luck.as_ref());
    // What else a record says of luck is about its own candidate, which need not be the incumbent.
    let luck = luck.map_or_else(String::new, |luck| {
        let sentence = honesty::sentence(luck);
        format!("\n{sentence} `sprag status` weighs the incumbent by that.\n")
    });
    let verdicts = verdicts(counts.into_iter());
    format!("\n{range}: {verdicts}\n{}{luck}", climb(records, &last.epoch))
}

fn verdicts(counts: impl Iterator<Item = (Verdict, u64)>) -> String {
    let counts: Vec<String> = counts
        .filter(|(_, n)| *n > 0)
        .map(|(verdict, n)| format!("{n} {}", name(verdict)))
        .collect();
    counts.join(", ")
}

/// The incumbent's score over the iterations of an epoch, as a picture and in words.
fn climb(records: &[Arc<Record>], epoch: &str) -> String {
    let mut incumbents: Vec<(u64, f64)> = Vec::new();
    let mut last = None;
    for record in records.iter().filter(|record| record.epoch == epoch) {
        if record.moves_incumbent() {
            last = record.score;
        }
        incumbents.extend(last.map(|score| (record.iteration, score)));
    }
    let (Some(first), Some(last)) = (incumbents.first(), incumbents.last()) else {
        return String::new();
    };
    if incumbents.len() < 2 {
        return String::new();
    }
    format!(
        "\nscore of the incumbent: {:.2} at iteration {}, {:.2} at iteration {}\n\n{}",
        first.1,
        first.0,
        last.1,
        last.0,
        chart::steps(&incumbents)
    )
}

//! How often the loop certifies something that does not exist, and how often it finds and certifies what does:
//!
//! ```sh
//! cargo run --release --example study
//! cargo run --release --example study -- --from 100 --campaigns 30 --iterations 200 --planted --json
//! ```
//!
//! Each campaign is the real loop from its first baseline on: the search proposes, the engine evaluates, the gates decide,
//! the ledger counts, looks at the holdout are earned, written down and taken, all by the code of `sprag iterate`. Only
//! the repository is in memory. Half of the campaigns run on pure noise, half in worlds with a planted edge of annual
//! Sharpe 1.5, ten years of daily bars each. The numbers are the same on every machine and for any number of threads;
//! docs/honesty.md discusses them.

mod campaign;

use std::io::Write;

use anyhow::{Context, bail};
use rayon::prelude::*;
use sprag::state::Label;

use campaign::{Campaign, REFUSALS, campaign};

/// Kinds of planted edges, as the truth of a campaign begins.
const KINDS: [&str; 4] = ["Average", "Reversion", "Momentum", "Breakout"];

fn main() -> anyhow::Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    let run = |planted: bool| -> anyhow::Result<Vec<Campaign>> {
        let seeds = (options.from..options.from + options.campaigns).into_par_iter();
        seeds.map(|seed| options.one(planted, seed)).collect()
    };
    let of = |planted: bool| {
        if options.worlds.is_none_or(|only| only == planted) {
            run(planted)
        } else {
            Ok(Vec::new())
        }
    };
    let (noise, planted) = (of(false)?, of(true)?);
    if !options.json {
        std::io::stdout().write_all(table(&noise, &planted).as_bytes())?;
    }
    Ok(())
}

struct Options {
    from: u64,
    campaigns: u64,
    iterations: u64,
    json: bool,
    /// Only campaigns on noise, or only those with a planted edge.
    worlds: Option<bool>,
    /// As `--set` of sprag.
    settings: Vec<String>,
}

impl Options {
    fn read(args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self {
            from: 0,
            campaigns: 300,
            iterations: 200,
            json: false,
            worlds: None,
            settings: Vec::new(),
        };
        let mut args = args;
        while let Some(arg) = args.next() {
            let mut number = || -> anyhow::Result<u64> {
                let value = args.next().with_context(|| format!("{arg} needs a number"))?;
                value.parse().with_context(|| format!("{arg} {value}: not a number"))
            };
            match arg.as_str() {
                "--from" => options.from = number()?,
                "--campaigns" => options.campaigns = number()?,
                "--iterations" => options.iterations = number()?,
                "--set" => options.settings.extend(args.next()),
                "--noise" => options.worlds = Some(false),
                "--planted" => options.worlds = Some(true),
                "--json" => options.json = true,
                other => {
                    bail!(
                        "unknown option {other}; there are --from, --campaigns, --iterations, --set, --noise, --planted \
                         and --json"
                    )
                }
            }
        }
        Ok(options)
    }

    /// Runs a campaign; as JSON, it is a line as soon as it is done, so that an end before the end loses little.
    fn one(&self, planted: bool, seed: u64) -> anyhow::Result<Campaign> {
        let campaign = campaign(planted, seed, self.iterations, &self.settings)?;
        if self.json {
            let line = serde_json::to_string(&campaign)?;
            writeln!(std::io::stdout(), "{line}")?;
        }
        Ok(campaign)
    }
}

/// What holds for most campaigns of a kind, as a page of Markdown.
fn table(noise: &[Campaign], planted: &[Campaign]) -> String {
    let mut text = format!(
        "{} campaigns on noise, {} with a planted edge\n\n| | noise | planted |\n|---|---|---|\n",
        noise.len(),
        planted.len()
    );
    let mut row = |what: &str, holds: &dyn Fn(&Campaign) -> bool| {
        let share = |all: &[Campaign]| {
            let count = all.iter().filter(|campaign| holds(campaign)).count();
            let (low, high) = wilson(count, all.len());
            let percent = |part: f64| part * 100.0;
            format!(
                "{count} ({:.1} %, 95 % interval {:.1} to {:.1})",
                percent(count as f64 / all.len().max(1) as f64),
                percent(low),
                percent(high)
            )
        };
        text.push_str(&format!("| {what} | {} | {} |\n", share(noise), share(planted)));
    };
    row("the best score is above 10", &|c| c.score.is_some_and(|score| score > 10.0));
    row("the last incumbent has a true Sharpe ratio above 0.75", &|c| {
        c.true_sharpe.is_some_and(|sharpe| sharpe > 0.75)
    });
    row("a look was earned", &|c| c.looks > 0);
    row("something was certified", &|c| c.ever_certified);
    row("... by the first look", &|c| c.certified_by == Some(1));
    row("... by the second", &|c| c.certified_by == Some(2));
    row("... by the third", &|c| c.certified_by == Some(3));
    row("... and its true Sharpe ratio is above 0.75", &|c| {
        c.certified_sharpe.is_some_and(|sharpe| sharpe > 0.75)
    });
    for kind in KINDS {
        let of_kind = |c: &Campaign| c.truth.starts_with(kind);
        row(&format!("a planted edge of the kind {kind}"), &of_kind);
        row("... that was certified", &|c| of_kind(c) && c.ever_certified);
    }
    for refusal in REFUSALS {
        row(&format!("nothing was certified, for {refusal}"), &|c| c.refused_by == Some(refusal));
    }
    row("the last incumbent is certified or strong", &|c| c.label != Label::Search);
    row("the last incumbent is strong", &|c| c.label == Label::Strong);
    row("DSR of the last incumbent is 0.95 or more", &|c| c.dsr.is_some_and(|dsr| dsr >= 0.95));
    let median = |all: &[Campaign], of: &dyn Fn(&Campaign) -> f64| {
        let mut values: Vec<f64> = all.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    let mut medians = |what: &str, of: &dyn Fn(&Campaign) -> f64| {
        text.push_str(&format!(
            "| median {what} | {:.2} | {:.2} |\n",
            median(noise, of),
            median(planted, of)
        ));
    };
    medians("trials", &|c| c.trials as f64);
    medians("best score", &|c| c.score.unwrap_or(0.0));
    medians("true Sharpe ratio of the planted rule", &|c| c.planted_sharpe.unwrap_or(0.0));
    medians("true Sharpe ratio of the last incumbent", &|c| c.true_sharpe.unwrap_or(0.0));
    text
}

/// Wilson's 95 % interval for a share (E. B. Wilson 1927).
fn wilson(count: usize, of: usize) -> (f64, f64) {
    let (n, z) = (of.max(1) as f64, 1.959_963_984_540_054);
    let share = count as f64 / n;
    let middle = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

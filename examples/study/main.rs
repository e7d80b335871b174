//! How often the loop certifies something that does not exist, and how often it finds and certifies what does:
//!
//! ```sh
//! cargo run --release --example study
//! cargo run --release --example study -- --campaigns 30 --iterations 200 --json
//! ```
//!
//! Each campaign is the real loop from its first baseline on: the search proposes, the engine evaluates, the gates decide,
//! the ledger counts, looks at the holdout are earned, written down and taken, all by the code of `sprag iterate`. Only
//! the repository is in memory. Half of the campaigns run on pure noise, half in worlds with a planted edge of annual
//! Sharpe 1.5, ten years of daily bars each. The numbers are the same on every machine and for any number of threads;
//! docs/honesty.md discusses them.

mod memory;
mod world;

use std::cell::Cell;
use std::io::Write;

use anyhow::{Context, bail};
use rayon::prelude::*;
use serde::Serialize;
use sprag::adapters::offline_search::OfflineSearch;
use sprag::backtest::{self, Span};
use sprag::certify::{self, NotDue};
use sprag::check::{self, STRATEGY_FILE};
use sprag::evaluation::Arena;
use sprag::iteration::{self, Orders};
use sprag::ports::{Clock, Event, Ports, Progress};
use sprag::program::Program;
use sprag::state::{Label, State};
use sprag::stats::sharpe::SharpeEstimate;

use memory::Memory;
use world::Truth;

/// Ten years of weekdays.
const BARS: usize = 2_520;
/// Years on which the truth about a strategy is measured afterwards, in a world of the same kind.
const LONG_RUN: usize = 252 * 120;
/// What `sprag init` gives to start from.
const START: &str = include_str!("../../src/commands/init/strategy.toml");

/// One program for all worlds. The holdout is longer than the default: a test at level 0.03 of a true Sharpe ratio of 1.5
/// on two years is passed by little more than half of those who should.
const PROGRAM: &str = include_str!("program.md");

/// What became of one campaign.
#[derive(Debug, Clone, Serialize)]
struct Campaign {
    seed: u64,
    truth: String,
    label: Label,
    /// The look that certified.
    certified_by: Option<u64>,
    looks: u64,
    trials: u64,
    score: Option<f64>,
    /// The label of anything that was ever the incumbent is above `search`.
    ever_certified: bool,
    /// Annual Sharpe ratio of the last incumbent in the long run.
    true_sharpe: Option<f64>,
    /// Of what was certified last.
    certified_sharpe: Option<f64>,
    /// Deflated Sharpe ratio of the last incumbent among its trials.
    dsr: Option<f64>,
    /// What kept it from being certified.
    refused_by: Option<&'static str>,
    /// Annual Sharpe ratio in the long run of the rule that was planted.
    planted_sharpe: Option<f64>,
}

/// Everything that can keep a campaign from a certificate.
const REFUSALS: [&str; 5] = [
    "a failed look",
    "no better than buy-and-hold",
    "DSR below 0.5",
    "beaten too soon to look",
    "another reason",
];

fn main() -> anyhow::Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    let program = Program::parse(PROGRAM, "examples/study/program.md")?;
    let run = |planted: bool| -> anyhow::Result<Vec<Campaign>> {
        let seeds = 0..options.campaigns;
        seeds
            .into_par_iter()
            .map(|seed| campaign(&program, planted, seed, options.iterations))
            .collect()
    };
    let (noise, planted) = (run(false)?, run(true)?);
    let mut out = std::io::stdout().lock();
    if options.json {
        serde_json::to_writer_pretty(
            &mut out,
            &serde_json::json!({ "noise": noise, "planted": planted }),
        )?;
        writeln!(out)?;
    } else {
        out.write_all(table(&noise, &planted).as_bytes())?;
    }
    Ok(())
}

struct Options {
    campaigns: u64,
    iterations: u64,
    json: bool,
}

impl Options {
    fn read(args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self { campaigns: 300, iterations: 200, json: false };
        let mut args = args;
        while let Some(arg) = args.next() {
            let mut number = || -> anyhow::Result<u64> {
                let value = args.next().with_context(|| format!("{arg} needs a number"))?;
                value.parse().with_context(|| format!("{arg} {value}: not a number"))
            };
            match arg.as_str() {
                "--campaigns" => options.campaigns = number()?,
                "--iterations" => options.iterations = number()?,
                "--json" => options.json = true,
                other => {
                    bail!("unknown option {other}; there are --campaigns, --iterations and --json")
                }
            }
        }
        Ok(options)
    }
}

/// The truth of a world: noise, or a trend or a reversion over 20 to 80 bars, in turns.
fn truth(planted: bool, seed: u64) -> Truth {
    let length = 20 + (seed / 2 * 7 % 61) as usize;
    match (planted, seed % 2) {
        (false, _) => Truth::Noise,
        (true, 0) => Truth::Trend(length),
        (true, _) => Truth::Reversion(length),
    }
}

fn campaign(
    program: &Program,
    planted: bool,
    seed: u64,
    iterations: u64,
) -> anyhow::Result<Campaign> {
    let truth = truth(planted, seed);
    let market = world::market(truth, seed * 2 + u64::from(planted), BARS);
    let mut program = program.clone();
    program.set(&format!("proposer.seed={seed}"))?;
    let arena = Arena::new(&program, &market)?;
    let repository = Memory::with_strategy(START);
    iteration::run(
        &mut Ports {
            repository: &repository,
            clock: &Still(Cell::new(0)),
            proposer: &mut OfflineSearch::new(seed, program.settings.proposer.drafts as usize),
            progress: &mut Silent,
            stop: &|| None,
        },
        &arena,
        &Orders { iterations, ..Orders::default() },
    )?;
    let state = State::read(&repository.files())?;
    report(&state, &program, truth, seed)
}

fn report(state: &State, program: &Program, truth: Truth, seed: u64) -> anyhow::Result<Campaign> {
    let status = state.status().context("a campaign has a status")?;
    let ledger = state.ledger();
    let span = ledger.epoch().context("a campaign has an epoch")?;
    let looks = ledger.looks(span);
    let passed = |(_, outcome): &&(_, Option<&sprag::state::ledger::Outcome>)| {
        outcome.is_some_and(|outcome| outcome.pass == Some(true))
    };
    let certified = looks.iter().rfind(passed).map(|(look, _)| *look);
    let long_run = world::market(truth, 1_000_003 + seed, LONG_RUN);
    let incumbent = state.strategy().context("a campaign has an incumbent")?;
    let record = state.history().records().get(status.incumbent.iteration as usize);
    let certified_sharpe = match certified {
        Some(look) if look.candidate == status.incumbent.hash => {
            long_run_sharpe(incumbent, &long_run)?
        }
        Some(look) => long_run_sharpe(&text_at(state, look.iteration)?, &long_run)?,
        None => None,
    };
    Ok(Campaign {
        seed,
        truth: format!("{truth:?}"),
        label: status.label,
        certified_by: certified.map(|look| look.look),
        looks: looks.len() as u64,
        trials: status.trials,
        score: status.incumbent.score,
        ever_certified: certified.is_some(),
        true_sharpe: long_run_sharpe(incumbent, &long_run)?,
        certified_sharpe,
        dsr: record.and_then(|record| record.luck.as_ref()?.dsr),
        refused_by: certified.is_none().then(|| refused_by(state, program, looks.len())),
        planted_sharpe: match truth.rule() {
            Some(rule) => long_run_sharpe(&rule, &long_run)?,
            None => None,
        },
    })
}

/// The last word on a campaign that certified nothing.
fn refused_by(state: &State, program: &Program, looks: usize) -> &'static str {
    let [failed, market, luck, patience, other] = REFUSALS;
    match certify::due(state, &program.settings, "") {
        _ if looks > 0 => failed,
        Err(NotDue::BelowBenchmark) => market,
        Err(NotDue::Dsr(_)) => luck,
        Err(NotDue::Patience(_)) => patience,
        _ => other,
    }
}

/// The incumbent as it was after an iteration.
fn text_at(state: &State, iteration: u64) -> anyhow::Result<String> {
    let mut text = String::new();
    for record in state.history().records().iter().take(iteration as usize + 1) {
        if !record.verdict.moves_incumbent() {
            continue;
        }
        text = match &record.strategy {
            Some(strategy) => strategy.clone(),
            None => sprag::strategy::apply(&text, &record.edits)?,
        };
    }
    Ok(text)
}

/// The annual Sharpe ratio of a strategy over many years of its world, without costs: whether there is anything in it.
fn long_run_sharpe(text: &str, market: &sprag::market::Market) -> anyhow::Result<Option<f64>> {
    let candidate = check::read(STRATEGY_FILE, text).map_err(|flaw| anyhow::anyhow!("{flaw}"))?;
    let program = Program::default();
    let mut costs = program.settings.costs.clone();
    costs.fee_bps = 0.0;
    let folds = [backtest::whole(market.timeline())];
    let run =
        backtest::run(&candidate.compiled, market, &folds, &program.settings.backtest, &costs);
    let returns = run.returns(Span::All).concat();
    Ok(SharpeEstimate::of(&returns).ok().map(|estimate| estimate.sr * 252_f64.sqrt()))
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

/// A clock that only counts: nothing in a campaign depends on the time of day.
struct Still(Cell<i64>);

impl Clock for Still {
    fn now(&self) -> jiff::Timestamp {
        self.0.set(self.0.get() + 1);
        jiff::Timestamp::from_second(1_700_000_000 + self.0.get()).unwrap_or_default()
    }
}

struct Silent;

impl Progress for Silent {
    fn event(&mut self, _: &Event<'_>) {}
}

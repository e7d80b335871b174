//! One campaign of the study: a world, the real loop on a repository in memory, and what became of it.

#[path = "memory.rs"]
mod memory;
#[path = "world.rs"]
mod world;

use std::cell::Cell;

use anyhow::Context as _;
use serde::Serialize;
use sprag::adapters::offline_search::OfflineSearch;
use sprag::backtest::{self, Span};
use sprag::certify::{self, NotDue};
use sprag::check::{self, STRATEGY_FILE};
use sprag::evaluation::Arena;
use sprag::iteration::{self, Orders};
use sprag::market::Market;
use sprag::ports::{Clock, Event, Ports, Progress};
use sprag::program::Program;
use sprag::state::{Label, State};
use sprag::stats::luck::variance_across;
use sprag::stats::sharpe::SharpeEstimate;

use memory::Memory;
use world::Truth;

/// Ten years of weekdays.
const BARS: usize = 2_520;
/// Years on which the truth about a strategy is measured afterwards, in a world of the same kind.
const LONG_RUN: usize = 252 * 60;
/// Fee and slippage of the study's program, in basis points.
const COSTS: f64 = 2.0;
/// The square root of bars per year.
const ANNUAL: f64 = 15.874_507_866_387_544;
/// What `sprag init` gives to start from.
const START: &str = include_str!("../../src/commands/init/strategy.toml");

/// One program for all worlds; it says itself where it departs from the defaults.
const PROGRAM: &str = include_str!("program.md");

/// What became of one campaign. True Sharpe ratios are annual, net of costs, and of 60 years in a world of the same kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Campaign {
    pub seed: u64,
    pub truth: String,
    pub label: Label,
    /// The look that certified.
    pub certified_by: Option<u64>,
    pub looks: u64,
    pub trials: u64,
    pub score: Option<f64>,
    /// The label of anything that was ever the incumbent is above `search`.
    pub ever_certified: bool,
    /// Annual Sharpe ratio of the last incumbent in the long run.
    pub true_sharpe: Option<f64>,
    /// Of what was certified last.
    pub certified_sharpe: Option<f64>,
    /// Deflated Sharpe ratio of the last incumbent among its trials.
    pub dsr: Option<f64>,
    /// Annual standard deviation of Sharpe ratios across trials, out-of-sample.
    pub trial_deviation: f64,
    /// What the best of pure luck would show, as an annual Sharpe ratio.
    pub luck: Option<f64>,
    /// Annual Sharpe ratio of the last incumbent out-of-sample.
    pub observed_sharpe: Option<f64>,
    /// What kept it from being certified.
    pub refused_by: Option<&'static str>,
    /// Annual Sharpe ratio in the long run of the rule that was planted.
    pub planted_sharpe: Option<f64>,
}

/// Everything that can keep a campaign from a certificate.
pub const REFUSALS: [&str; 5] = [
    "a failed look",
    "no better than buy-and-hold",
    "a deflated Sharpe ratio too low",
    "beaten too soon to look",
    "another reason",
];

/// The truth of a world: noise, or one of four kinds of edge in turns, each of many lengths.
fn truth(planted: bool, seed: u64) -> Truth {
    let among = |least: u64, most: u64, stride: u64| {
        (least + seed / 4 * stride % (most - least + 1)) as usize
    };
    match (planted, seed % 4) {
        (false, _) => Truth::Noise,
        (true, 0) => Truth::Average(among(10, 40, 17)),
        (true, 1) => Truth::Reversion(among(5, 20, 7), among(5, 15, 3)),
        (true, 2) => Truth::Momentum(among(10, 40, 17)),
        (true, _) => Truth::Breakout(among(10, 30, 17)),
    }
}

/// Runs the campaign of a seed, in a world with an edge or in one without.
///
/// # Errors
///
/// Whatever keeps the loop from going on; nothing should.
pub fn campaign(
    planted: bool,
    seed: u64,
    iterations: u64,
    settings: &[String],
) -> anyhow::Result<Campaign> {
    let truth = truth(planted, seed);
    let market = world::market(truth, seed * 2 + u64::from(planted), BARS);
    let mut program = Program::parse(PROGRAM, "examples/study/program.md")?;
    program.set(&format!("proposer.seed={seed}"))?;
    program.set_all(settings.iter().map(String::as_str))?;
    let drafts = program.settings.proposer.drafts as usize;
    let arena = Arena::new(&program, &market)?;
    let repository = Memory::with_strategy(START);
    iteration::run(
        &mut Ports {
            repository: &repository,
            forge: None,
            clock: &Still(Cell::new(0)),
            proposer: &mut OfflineSearch::new(seed, drafts),
            progress: &mut Silent,
            stop: &|| None,
        },
        &arena,
        &Orders { iterations, explicit: true, ..Orders::default() },
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
    let own = ledger.trial(&span.epoch, &status.incumbent.hash).and_then(|trial| trial.sharpe);
    let standing = certify::standing(state, &program.settings);
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
        dsr: standing.as_ref().and_then(|now| now.inference.dsr.ok()),
        trial_deviation: variance_across(&ledger.tried(span).sharpes, usize::MAX).sqrt() * ANNUAL,
        luck: standing.as_ref().and_then(|now| now.inference.luck.annual_sharpe.ok()),
        observed_sharpe: own.map(|sharpe| sharpe * ANNUAL),
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
        Err(NotDue::Dsr { .. }) => luck,
        Err(NotDue::Patience(_)) => patience,
        _ => other,
    }
}

/// The incumbent as it was after an iteration.
fn text_at(state: &State, iteration: u64) -> anyhow::Result<String> {
    let mut text = String::new();
    for record in state.history().records().iter().take(iteration as usize + 1) {
        if !record.moves_incumbent() {
            continue;
        }
        text = match &record.strategy {
            Some(strategy) => strategy.clone(),
            None => sprag::strategy::apply(&text, &record.edits)?,
        };
    }
    Ok(text)
}

/// The annual Sharpe ratio of a strategy over many years of its world, net of the study's costs: whether there is anything
/// in it.
fn long_run_sharpe(text: &str, market: &Market) -> anyhow::Result<Option<f64>> {
    let candidate = check::read(STRATEGY_FILE, text).map_err(|flaw| anyhow::anyhow!("{flaw}"))?;
    let program = Program::default();
    let mut costs = program.settings.costs.clone();
    costs.fee_bps = COSTS;
    let folds = [backtest::whole(market.timeline())];
    let run =
        backtest::run(&candidate.compiled, market, &folds, &program.settings.backtest, &costs);
    let returns = run.returns(Span::All).concat();
    Ok(SharpeEstimate::of(&returns).ok().map(|estimate| estimate.sr * ANNUAL))
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

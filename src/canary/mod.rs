//! Canaries: what must be true of the machine itself before any of its numbers is believed.
//!
//! | canary | what holds |
//! |---|---|
//! | `prefix` | what is computed and done up to a tick doesn't depend on the bars after it |
//! | `null` | where no price foretells another, random strategies earn nothing |
//! | `costs` | an account that was computed by hand comes out to the cent |
//! | `future` | a strategy that reads a later bar can't be written |
//!
//! They run before the baseline of each epoch, on the program's own market and settings, and by
//! `sprag canaries`. One that fails is a bug of this program, never of a strategy. What is under test is
//! handed in as an [`Engine`], so that tests can hand in broken ones and see them caught.
//!
//! They see no bar of the holdout, and tell nothing of how any strategy does on the real market.

mod costs;
mod engine;
mod future;
mod markets;
mod null;
mod prefix;
pub mod random;
mod report;

pub use engine::{Engine, Run, Values, values};
pub use null::{Draws, Sample};
pub use report::{Outcome, Report};

use crate::evaluation::Arena;
use crate::market::Market;
use crate::program::Settings;
use crate::rng::Rng;
use engine::Program;
use markets::stretch;
use prefix::Futures;
use random::{Places, Programs, Rules};

/// Keeps the canaries' numbers apart from those of anything else that is seeded alike.
const DOMAIN: &[u8; 8] = b"canary-1";
/// Most symbols that random strategies trade: a larger universe shows no more.
const MOST_SYMBOLS: usize = 8;

/// How much is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Random strategies besides the incumbent whose prefixes are compared.
    pub programs: usize,
    /// Ticks after which the market becomes another.
    pub ticks: usize,
    /// Most ticks of the market for random strategies, the last ones before the holdout.
    pub bars: usize,
    /// The same for the incumbent.
    pub incumbent_bars: usize,
    /// Markets without a pattern, and random strategies on them.
    pub draws: Draws,
}

impl Effort {
    /// What the baseline of an epoch can wait for. The incumbent's bars are more than one block of the
    /// evaluator, so that a seam is looked at as well.
    pub const QUICK: Self = Self {
        programs: 24,
        ticks: 2,
        bars: 480,
        incumbent_bars: 1_300,
        draws: Draws { markets: 24, strategies: 2 },
    };
}

/// What comes before the baseline of an epoch.
pub fn quick(arena: &Arena<'_>, incumbent: &str) -> Report {
    run(&Engine::OWN, arena, Some(incumbent), Effort::QUICK)
}

/// Runs all canaries on what an epoch is evaluated on. `incumbent` is the text of a strategy file.
pub fn run(
    engine: &Engine<'_>,
    arena: &Arena<'_>,
    incumbent: Option<&str>,
    effort: Effort,
) -> Report {
    let settings = &arena.program().settings;
    // The epoch's id is 16 digits of a hash: another epoch has other random strategies.
    let seed = u64::from_str_radix(arena.epoch(), 16).unwrap_or(0);
    let end = arena.folds().iter().map(|fold| fold.ticks.end).max().unwrap_or(0);
    let last = |bars: usize, most| stretch(arena.market(), end.saturating_sub(bars)..end, most);
    let few = last(effort.bars, MOST_SYMBOLS);
    let all = last(effort.incumbent_bars, usize::MAX);
    Report::of(vec![
        prefix_stability(engine, settings, [few.clone(), all], incumbent, effort, seed),
        shuffled_returns(engine, settings, &few, effort.draws, seed),
        costs_by_hand(engine),
        no_later_bar(engine),
    ])
}

fn prefix_stability(
    engine: &Engine<'_>,
    settings: &Settings,
    [few, all]: [Market; 2],
    incumbent: Option<&str>,
    effort: Effort,
    seed: u64,
) -> Outcome {
    let mut rng = Rng::seeded(DOMAIN, [seed, 0, 0], 0);
    let mut programs = Programs::at(Places::of(&few), Rng::seeded(DOMAIN, [seed, 0, 1], 0));
    let mut random = programs.compiled(engine, effort.programs, Rules::All);
    let tables = programs.tables().into_iter();
    random.extend(tables.filter_map(|text| Program::new(engine, text)));
    let incumbent: Vec<Program> =
        incumbent.and_then(|text| Program::new(engine, text.to_owned())).into_iter().collect();
    let (mut findings, mut compared, mut changes) = (Vec::new(), 0, 0);
    for (market, programs) in [(few, &random), (all, &incumbent)] {
        let ticks = some_ticks(market.timeline().len(), effort.ticks, &mut rng);
        let futures = Futures::of(market, &ticks, &mut rng);
        let (found, count) = futures.look(engine, settings, programs);
        findings.extend(found);
        changes += futures.count();
        compared += count;
    }
    Outcome {
        canary: "prefix stability",
        claim: "what is computed and done up to a tick doesn't depend on the bars after it",
        pass: findings.is_empty(),
        looked_at: format!(
            "{} random strategies{}, {changes} changes of the future, {compared} values",
            random.len(),
            if incumbent.is_empty() { "" } else { " and the incumbent" },
        ),
        findings,
    }
}

/// Ticks within a market: the first bar of the evaluator's second block, and others at random after
/// the first fifth.
fn some_ticks(ticks: usize, count: usize, rng: &mut Rng) -> Vec<usize> {
    let from = ticks / 5;
    let mut some: Vec<usize> = (0..count).map(|_| from + rng.below(ticks - from)).collect();
    if let Some(first) = some.first_mut().filter(|_| ticks > crate::expr::BLOCK) {
        *first = crate::expr::BLOCK;
    }
    some
}

fn shuffled_returns(
    engine: &Engine<'_>,
    settings: &Settings,
    market: &Market,
    draws: Draws,
    seed: u64,
) -> Outcome {
    let sample = Sample::draw(engine, settings, market, Rules::AtOpens, draws, seed);
    let findings = sample.findings();
    Outcome {
        canary: "shuffled returns",
        claim: "where no price foretells another, random strategies earn nothing",
        pass: findings.is_empty(),
        looked_at: format!(
            "{} markets, {} random strategies on each, {} trades",
            sample.returns.len(),
            draws.strategies,
            sample.trades
        ),
        findings,
    }
}

fn costs_by_hand(engine: &Engine<'_>) -> Outcome {
    let findings = costs::look(engine);
    Outcome {
        canary: "costs by hand",
        claim: "an account that was computed by hand comes out to the cent",
        pass: findings.is_empty(),
        looked_at: "six bars, one long, one short, five kinds of cost".into(),
        findings,
    }
}

fn no_later_bar(engine: &Engine<'_>) -> Outcome {
    let (findings, spellings) = future::look(engine);
    Outcome {
        canary: "no later bar",
        claim: "a strategy that reads a later bar can't be written",
        pass: findings.is_empty(),
        looked_at: format!("{spellings} spellings"),
        findings,
    }
}

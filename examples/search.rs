//! Measures the offline search against random search and a (1+1) hill climber:
//!
//! ```sh
//! cargo run --release --example search -- [SEEDS [ITERATIONS [FIRST SEED]]]
//! ```
//!
//! Everybody has the same budget of trials, the same strategy to start from, the same gates, and keeps what the
//! loop would keep. Two markets: the shipped one, and one made for each seed that holds an edge which is
//! known: days' losses are made up for while a hidden trend is up. Writes a table in Markdown: the median over
//! the seeds of the best score after so many trials, with quartiles. All of it is seeded.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use rayon::prelude::*;
use sprag::adapters::data_files::load_market;
use sprag::check;
use sprag::decide::{self, Case, Incumbent};
use sprag::evaluation::Arena;
use sprag::market::{Bars, Market};
use sprag::program::Program;
use sprag::propose::search::{self, InSample, baseline};
use sprag::propose::{Discloser, Disclosure};
use sprag::record::Draft;
use sprag::rng::Rng;
use sprag::state::{Proposer, Record, Verdict};
use sprag::strategy::{Compiled, Edit};

/// Trials after which the best score is read.
const READ_AT: [usize; 2] = [100, 500];
/// Most changes at once of random search: enough to reach any strategy near the one to start from.
const MOST_CHANGES: usize = 5;

/// Who proposes.
#[derive(Clone, Copy, PartialEq)]
enum Method {
    Random,
    Climber,
    Blind,
    Search,
}

impl Method {
    const ALL: [Self; 4] = [Self::Random, Self::Climber, Self::Blind, Self::Search];

    fn name(self) -> &'static str {
        match self {
            Self::Random => "random search",
            Self::Climber => "(1+1) hill climber",
            Self::Blind => "`search`, `drafts = 0`",
            Self::Search => "`search`",
        }
    }
}

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().skip(1).map(|arg| arg.parse::<usize>());
    let seeds = numbers.next().transpose().context("SEEDS is a number")?.unwrap_or(20);
    let iterations = numbers.next().transpose().context("ITERATIONS is a number")?.unwrap_or(500);
    // Whoever tries another search compares it on other seeds than those it is reported on.
    let first = numbers.next().transpose().context("FIRST SEED is a number")?.unwrap_or(0) as u64;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = Program::from_bytes(&std::fs::read(root.join("program.md"))?, "program.md")?;
    let start = std::fs::read_to_string(root.join("state/strategy.toml"))?;
    let shipped = load_market(root, &program.settings.market, None)?.market;
    let read_at: Vec<usize> = READ_AT.into_iter().filter(|n| *n <= iterations).collect();
    let mut table = String::from("| market | who proposes |");
    for n in &read_at {
        write!(table, " best at {n} (quartiles) |")?;
    }
    table.push_str(" in-sample backtests a trial |\n|---|---|");
    table.push_str(&"---|".repeat(read_at.len() + 1));
    table.push('\n');
    for planted in [false, true] {
        let runs = |method| -> anyhow::Result<Vec<Run>> {
            (first..first + seeds as u64)
                .into_par_iter()
                .map(|seed| match planted {
                    false => run(method, &program, &shipped, &start, seed, iterations),
                    true => run(method, &program, &plant(&shipped, seed), &start, seed, iterations),
                })
                .collect()
        };
        for method in Method::ALL {
            let runs = runs(method)?;
            let market = if planted { "planted edge" } else { "shipped" };
            write!(table, "| {market} | {} |", method.name())?;
            for n in &read_at {
                let best = runs.iter().map(|run| run.best[n - 1]).collect();
                let [low, median, high] = quartiles(best);
                write!(table, " {median:.1} ({low:.1} to {high:.1}) |")?;
            }
            let looks: u64 = runs.iter().map(|run| run.in_sample).sum();
            writeln!(table, " {:.1} |", looks as f64 / (seeds * iterations) as f64)?;
            let last = table.lines().last().unwrap_or_default();
            writeln!(std::io::stderr(), "{last}")?;
        }
    }
    Ok(std::io::stdout().write_all(table.as_bytes())?)
}

/// What one campaign came to.
struct Run {
    /// The incumbent's score after each trial.
    best: Vec<f64>,
    /// In-sample backtests.
    in_sample: u64,
}

/// One campaign: the loop without its repository.
fn run(
    method: Method,
    program: &Program,
    market: &Market,
    start: &str,
    seed: u64,
    iterations: usize,
) -> anyhow::Result<Run> {
    let arena = Arena::new(program, market)?;
    let in_sample = AtomicU64::new(0);
    let judge = |strategy: &Compiled| {
        in_sample.fetch_add(1, Ordering::Relaxed);
        arena.score_in_sample(strategy)
    };
    let mut known = Known::new(&arena);
    known.take_in(&arena, Proposed::of(start), Verdict::Baseline)?;
    let first: Disclosure = known.discloser.disclosure().clone();
    let mut best = Vec::with_capacity(iterations);
    for _ in 0..iterations {
        let now = known.discloser.disclosure();
        let proposed = match method {
            Method::Random => {
                let (iteration, tried) = (now.iteration, now.tried.clone());
                let from = Disclosure { iteration, tried, ..first.clone() };
                baseline::draw(&from, seed, MOST_CHANGES).map(|(text, _)| Proposed::of(&text))
            }
            Method::Climber => baseline::draw(now, seed, 1).map(|(text, _)| Proposed::of(&text)),
            Method::Blind | Method::Search => {
                let compared = method == Method::Search;
                let drafts = if compared { program.settings.proposer.drafts } else { 0 };
                let in_sample = InSample { judge: &judge, drafts: drafts as usize };
                let made = search::propose(now, seed, Some(in_sample)).ok();
                made.and_then(|made| {
                    let text = sprag::strategy::apply(&now.incumbent, &made.edits).ok()?;
                    Some(Proposed { text, operator: made.by.name, edits: made.edits })
                })
            }
        };
        // Whoever has nothing left to propose keeps what it has.
        if let Some(proposed) = proposed {
            known.take_in(&arena, proposed, Verdict::Accepted)?;
        }
        best.push(known.score());
    }
    Ok(Run { best, in_sample: in_sample.into_inner() })
}

/// A candidate and who made it.
struct Proposed {
    text: String,
    operator: Option<String>,
    edits: Vec<Edit>,
}

impl Proposed {
    fn of(text: &str) -> Self {
        Self { text: text.into(), operator: None, edits: Vec::new() }
    }
}

/// What a campaign has come to.
struct Known {
    discloser: Discloser,
    incumbent: Option<Incumbent>,
}

impl Known {
    fn new(arena: &Arena<'_>) -> Self {
        let mut discloser = Discloser::default();
        discloser.disclosure().constraints = arena.program().settings.constraints.clone();
        discloser.disclosure().symbols = arena.market().symbols().len();
        Self { discloser, incumbent: None }
    }

    fn score(&self) -> f64 {
        self.incumbent.map_or(0.0, |incumbent| incumbent.score)
    }

    /// Evaluates, decides and records a candidate; a baseline is the incumbent without being asked.
    fn take_in(
        &mut self,
        arena: &Arena<'_>,
        proposed: Proposed,
        verdict: Verdict,
    ) -> anyhow::Result<()> {
        let iteration = self.discloser.disclosure().iteration;
        let candidate = check::read(check::STRATEGY_FILE, &proposed.text)?;
        let evaluation = arena.score(arena.backtest(&candidate.compiled))?;
        let subject = (&candidate.strategy, &candidate.compiled);
        let (verdict, gates) = match verdict {
            Verdict::Baseline => (verdict, Vec::new()),
            _ => {
                let case = Case::new(arena, subject, &evaluation, self.incumbent);
                let decision = decide::decide(case);
                (decision.verdict, decision.gates)
            }
        };
        let model = proposed.operator;
        let draft = Draft {
            iteration,
            proposer: Proposer { kind: search::KIND.into(), model, ..Proposer::default() },
            edits: proposed.edits,
            ..Draft::default()
        };
        let hash = Some(candidate.hash().to_string());
        let record = Record {
            trial: Some(iteration),
            in_sample: serde_json::to_value(&evaluation.in_sample).ok().map(Into::into),
            gates,
            strategy: Some(proposed.text),
            ..draft.unevaluated(arena, verdict, hash, String::new())
        };
        if record.moves_incumbent() {
            self.incumbent = Some(Incumbent {
                score: evaluation.score.value,
                sharpe: evaluation.out_of_sample.get("sharpe").get(),
                nodes: candidate.compiled.nodes,
            });
        }
        self.discloser.take_in(&Arc::new(record));
        Ok(())
    }
}

/// First quartile, median and third quartile.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = part * (values.len() - 1) as f64;
        let (low, high) = (values[place as usize], values[place.ceil() as usize]);
        low + (high - low) * place.fract()
    };
    [0.25, 0.5, 0.75].map(at)
}

/// A market with the times of another one and an edge: each symbol has a hidden trend, up or down for some
/// eighty bars, and while it is up a fifth of the last three bars' losses is made up for at the next.
fn plant(model: &Market, seed: u64) -> Market {
    let symbols = model.symbols().iter().enumerate().map(|(number, bars)| {
        let mut rng = Rng::seeded(b"planted1", [seed, number as u64, 0], 0);
        planted(bars, &mut rng)
    });
    Market::new(symbols.collect())
}

fn planted(model: &Bars, rng: &mut Rng) -> Bars {
    let mut bars = model.clone();
    let mut is_up = true;
    let (mut last, mut returns) = (50.0_f64, [0.0_f64; 3]);
    for i in 0..bars.len() {
        if rng.chance(1.0 / 80.0) {
            is_up = !is_up;
        }
        let drift = if is_up { 0.0008 } else { -0.0006 };
        let loss: f64 = returns.iter().sum::<f64>().min(0.0);
        let made_up = if is_up { -0.2 * loss } else { 0.0 };
        let change = drift + made_up + 0.012 * normal(rng);
        let open = last * (1.0 + 0.002 * normal(rng));
        let close = (last * (1.0 + change)).max(0.01);
        let reach = last * 0.004 * rng.unit();
        bars.open[i] = open;
        bars.close[i] = close;
        bars.high[i] = open.max(close) + reach;
        bars.low[i] = (open.min(close) - reach).max(0.005);
        returns = [returns[1], returns[2], change];
        last = close;
    }
    bars
}

/// About normal: the sum of twelve uniform numbers.
fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.unit()).sum::<f64>() - 6.0
}

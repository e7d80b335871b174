//! Keep or discard: a better score by the margin, and every gate passed.
//!
//! Each gate is one file and one row of [`TABLE`]. Gates that need further runs of the candidate come last and are asked
//! only when all others passed. Proposers are told only the ids of the gates that failed.
//!
//! Never touches market data, the proposal, the disk or the network.

mod benchmark;
mod complexity;
mod cost_stress;
mod max_drawdown;
mod min_trades;
mod min_trades_per_fold;
mod plateau;
mod score_margin;

use crate::evaluation::{Arena, Evaluation, Neighbour, Probes};
use crate::program::GateSettings;
use crate::score::Status;
use crate::state::{GateOutcome, Record, Verdict};
use crate::strategy::{Compiled, Strategy};

/// What gates judge.
pub struct Case<'a> {
    evaluation: &'a Evaluation,
    nodes: usize,
    incumbent: Option<Incumbent>,
    arena: &'a Arena<'a>,
    probes: Probes<'a>,
}

/// The strategy to beat, as it did in the same epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Incumbent {
    /// Its score.
    pub score: f64,
    /// Its annualised out-of-sample Sharpe ratio; none where undefined.
    pub sharpe: Option<f64>,
    /// Its complexity: functions, operators, names and numbers in use.
    pub nodes: usize,
}

impl Incumbent {
    /// From the record that made it the incumbent, or scored it anew, and its complexity; `None` while it has no score.
    pub fn of_record(record: &Record, nodes: usize) -> Option<Self> {
        let metrics = record.out_of_sample.as_ref();
        let sharpe = metrics.and_then(|metrics| metrics.get("sharpe"));
        Some(Self { score: record.score?, sharpe, nodes })
    }
}

impl<'a> Case<'a> {
    /// A candidate that was evaluated, and the incumbent if there is one with a score.
    pub fn new(
        arena: &'a Arena<'a>,
        (strategy, compiled): (&'a Strategy, &'a Compiled),
        evaluation: &'a Evaluation,
        incumbent: Option<Incumbent>,
    ) -> Self {
        let probes = Probes::new(arena, strategy, compiled, evaluation);
        Self { evaluation, nodes: compiled.nodes, incumbent, arena, probes }
    }

    fn settings(&self) -> &GateSettings {
        &self.arena.program().settings.gates
    }

    fn sharpe(&self) -> Option<f64> {
        self.evaluation.out_of_sample.get("sharpe").get()
    }
}

/// One rule.
pub struct Gate {
    /// Its name in records and reports.
    pub id: &'static str,
    /// What it asks for.
    pub summary: &'static str,
    /// The measured value, the limit, and whether it is kept; none where there is nothing to ask.
    measure: fn(&Case<'_>) -> Option<Measured>,
}

/// A measured value against its limit.
struct Measured {
    pass: bool,
    value: Option<f64>,
    limit: f64,
}

impl Measured {
    fn at_least(value: f64, limit: f64) -> Self {
        Self { pass: value >= limit, value: Some(value), limit }
    }

    fn at_most(value: f64, limit: f64) -> Self {
        Self { pass: value <= limit, value: Some(value), limit }
    }

    fn above(value: f64, limit: f64) -> Self {
        Self { pass: value > limit, value: Some(value), limit }
    }
}

/// All gates; the first that fails names the reason.
pub static TABLE: &[&Gate] = &[
    &score_margin::GATE,
    &complexity::GATE,
    &min_trades::GATE,
    &min_trades_per_fold::GATE,
    &max_drawdown::GATE,
    &benchmark::GATE,
    &cost_stress::GATE,
    &plateau::GATE,
];

/// Gates of [`TABLE`] from here on run the candidate again.
const COSTLY_FROM: usize = 6;

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// [`Verdict::Accepted`] or [`Verdict::Rejected`].
    pub verdict: Verdict,
    /// In one sentence.
    pub reason: String,
    /// What each gate said that was asked.
    pub gates: Vec<GateOutcome>,
    /// Neighbours of the candidate that were evaluated out-of-sample to decide: trials as well.
    pub neighbours: Vec<Neighbour>,
}

/// Decides on a candidate.
pub fn decide(case: Case<'_>) -> Decision {
    if case.evaluation.score.status == Status::NoTrades {
        return Decision {
            verdict: Verdict::Rejected,
            reason: "no trades out-of-sample".into(),
            gates: ask(&case, &TABLE[..COSTLY_FROM]),
            neighbours: Vec::new(),
        };
    }
    let gates = gates(&case);
    let failed: Vec<&str> =
        gates.iter().filter(|gate| !gate.pass).map(|gate| gate.id.as_str()).collect();
    let (verdict, reason) = if failed.is_empty() {
        (Verdict::Accepted, "better by the margin, and every gate passed".into())
    } else if failed.contains(&score_margin::GATE.id) {
        (Verdict::Rejected, "no better than the incumbent by the margin".into())
    } else {
        (Verdict::Rejected, format!("a better score, but it fails {}", failed.join(", ")))
    };
    Decision { verdict, reason, gates, neighbours: case.probes.into_trials() }
}

/// What gates say of a strategy that has nobody to beat: a baseline. Nothing is run again for it.
pub fn baseline_gates(case: &Case<'_>) -> Vec<GateOutcome> {
    ask(case, &TABLE[..COSTLY_FROM])
}

/// What each gate says, the costly ones only if all others passed.
fn gates(case: &Case<'_>) -> Vec<GateOutcome> {
    let (cheap, costly) = TABLE.split_at(COSTLY_FROM);
    let mut gates = ask(case, cheap);
    for gate in costly {
        if gates.iter().all(|gate| gate.pass) {
            gates.extend(ask(case, std::slice::from_ref(gate)));
        }
    }
    gates
}

fn ask(case: &Case<'_>, gates: &[&Gate]) -> Vec<GateOutcome> {
    let outcome = |gate: &&Gate| {
        let Measured { pass, value, limit } = (gate.measure)(case)?;
        Some(GateOutcome { id: gate.id.into(), pass, value, limit: Some(limit) })
    };
    gates.iter().filter_map(outcome).collect()
}

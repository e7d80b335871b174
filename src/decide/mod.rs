//! Keep or discard: a better score by the margin, and every gate passed.
//!
//! Each gate is one file and one row of [`TABLE`]. Proposers are told only the ids of the gates that
//! failed.
//!
//! Never touches market data, the proposal, the disk or the network.

mod max_drawdown;
mod min_trades;
mod min_trades_per_fold;
mod score_margin;

use crate::evaluation::Evaluation;
use crate::program::GateSettings;
use crate::score::Status;
use crate::state::{GateOutcome, Verdict};

/// What gates judge.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// What the candidate did.
    pub evaluation: &'a Evaluation,
    /// The incumbent's score in the same epoch; none where it is undefined.
    pub incumbent: Option<f64>,
    /// The limits.
    pub settings: &'a GateSettings,
}

/// One rule.
pub struct Gate {
    /// Its name in records and reports.
    pub id: &'static str,
    /// What it asks for.
    pub summary: &'static str,
    /// The measured value, the limit, and whether it is kept.
    measure: fn(&Case<'_>) -> Measured,
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
}

/// All gates; the first that fails names the reason.
pub static TABLE: &[&Gate] =
    &[&score_margin::GATE, &min_trades::GATE, &min_trades_per_fold::GATE, &max_drawdown::GATE];

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// [`Verdict::Accepted`] or [`Verdict::Rejected`].
    pub verdict: Verdict,
    /// In one sentence.
    pub reason: String,
    /// What each gate said.
    pub gates: Vec<GateOutcome>,
}

/// Decides on a candidate.
pub fn decide(case: &Case<'_>) -> Decision {
    let gates = gates(case);
    let score = &case.evaluation.score;
    let failed: Vec<&GateOutcome> = gates.iter().filter(|gate| !gate.pass).collect();
    if score.status == Status::NoTrades {
        let reason = "no trades out-of-sample".into();
        return Decision { verdict: Verdict::Rejected, reason, gates };
    }
    let (verdict, reason) = if failed.is_empty() {
        (Verdict::Accepted, "better by the margin, and every gate passed".into())
    } else if failed.iter().any(|gate| gate.id == score_margin::GATE.id) {
        (Verdict::Rejected, "no better than the incumbent by the margin".into())
    } else {
        let ids: Vec<&str> = failed.iter().map(|gate| gate.id.as_str()).collect();
        (Verdict::Rejected, format!("a better score, but it fails {}", ids.join(", ")))
    };
    Decision { verdict, reason, gates }
}

/// What each gate says, for a candidate or, without an incumbent to beat, for a baseline.
pub fn gates(case: &Case<'_>) -> Vec<GateOutcome> {
    TABLE
        .iter()
        .map(|gate| {
            let Measured { pass, value, limit } = (gate.measure)(case);
            GateOutcome { id: gate.id.into(), pass, value, limit: Some(limit) }
        })
        .collect()
}

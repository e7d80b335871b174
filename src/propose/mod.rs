//! Proposals: small changes to the incumbent, by whoever proposes.
//!
//! ```text
//! State ── Discloser ──▶ Disclosure ─┬─ search ──────────────────────▶ Proposal
//!                                    └─ brief ─▶ model ─▶ reply ─────▶
//! ```
//!
//! A proposer is given a [`Disclosure`] and nothing else. It holds no out-of-sample or holdout value other than verdicts,
//! ids of failed gates and rungs of the [`Ladder`], so what decides keep or discard can't leak into what is proposed next.
//! That is held by types: records are read through `Disclosable`, which doesn't lend their numbers, and a [`Rung`] is made
//! by the ladder only.
//!
//! Never touches market data, backtests, the disk, the clock or the network.

pub mod brief;
pub mod choice;
mod diagnostics;
pub mod difference;
mod disclosable;
mod disclose;
mod elites;
mod family;
pub mod files;
mod ladder;
pub mod reply;
pub mod search;

pub use diagnostics::{
    ConditionFigures, Diagnostics, ExitFigures, FoldFigures, SymbolFigures, TradeFigures,
};
pub use disclose::Discloser;
pub use elites::{Elite, Elites};
pub use ladder::{Ladder, Rung, Told};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::program::ConstraintSettings;
use crate::state::{Bill, Verdict};
use crate::strategy::{CandidateHash, Edit};

/// Everything that a proposer may know.
#[derive(Debug, Clone, Default)]
pub struct Disclosure {
    /// Number of the iteration that is to be proposed.
    pub iteration: u64,
    /// The incumbent's file.
    pub incumbent: String,
    /// What a candidate may look like.
    pub constraints: ConstraintSettings,
    /// Number of symbols in the account.
    pub symbols: usize,
    /// Hashes of all candidates that were ever proposed, the incumbent's included.
    pub tried: BTreeSet<CandidateHash>,
    /// What became of earlier proposals, oldest first.
    pub past: Vec<Arc<PastProposal>>,
    /// Files of strategies that were incumbents before, oldest first.
    pub ancestors: Vec<String>,
    /// Candidates that did best in-sample, each in its own way.
    pub elites: Elites,
    /// The best score told in this epoch, to the step of the ladder.
    pub best: Option<Rung>,
    /// Iterations since the last improvement.
    pub stale: u64,
    /// Candidates already refused in this iteration, with what was wrong.
    pub refused: Vec<Refusal>,
    /// How the incumbent did in-sample; none where nobody asked for it.
    pub diagnostics: Option<Diagnostics>,
    /// Symbols that a strategy may read and can't trade.
    pub context: Vec<String>,
    /// What a person wants tried in this iteration.
    pub idea: Option<String>,
    /// Hints of people that nobody could read so far, oldest first.
    pub waiting: Vec<String>,
}

/// What became of an earlier proposal, as far as a proposer may know.
#[derive(Debug, Clone, PartialEq)]
pub struct PastProposal {
    /// Its iteration.
    pub iteration: u64,
    /// Who proposed: `search`, `llm`, `agent`.
    pub kind: String,
    /// What made it: an operator of the search, or a model.
    pub operator: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Whether it was evaluated at all (not a duplicate, invalid or failed).
    pub evaluated: bool,
    /// What kind of idea it was, by what it changed.
    pub family: String,
    /// What it was to show.
    pub hypothesis: Option<String>,
    /// The person's idea that it took up.
    pub idea: Option<String>,
    /// What it changed.
    pub edits: Vec<Edit>,
    /// Ids of the gates that it failed.
    pub failed_gates: Vec<String>,
    /// What is told of its score.
    pub told: Told,
    /// What it cost.
    pub bill: Bill,
    /// Why a person declined it.
    pub declined: Option<String>,
    /// How it did in-sample.
    pub seen: Option<PastInSample>,
}

/// How an earlier candidate did in-sample, in short. None is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct PastInSample {
    /// Annualised Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Maximum drawdown as a positive fraction.
    pub max_drawdown: Option<f64>,
    /// Closed trades.
    pub trades: Option<f64>,
    /// Mean bars held per trade.
    pub bars_held: Option<f64>,
    /// Mean gross exposure as a fraction of equity.
    pub exposure: Option<f64>,
}

impl PastProposal {
    /// Whether it became the incumbent.
    pub fn accepted(&self) -> bool {
        self.verdict == Verdict::Accepted
    }
}

impl Default for PastProposal {
    /// A proposal of nobody that was evaluated and rejected.
    fn default() -> Self {
        Self {
            iteration: 0,
            kind: String::new(),
            operator: String::new(),
            verdict: Verdict::Rejected,
            evaluated: true,
            family: String::new(),
            hypothesis: None,
            idea: None,
            edits: Vec::new(),
            failed_gates: Vec::new(),
            bill: Bill::default(),
            declined: None,
            told: Told::NoBetter,
            seen: None,
        }
    }
}

/// A candidate that was refused before it was evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Its edits; none where the reply couldn't be read.
    pub edits: Vec<Edit>,
    /// Rendered diagnostics, or that it was tried before, or what was wrong with the reply.
    pub reason: String,
}

/// A proposed change.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What to change in the incumbent's file.
    pub edits: Vec<Edit>,
    /// One or two sentences that the result can prove wrong.
    pub hypothesis: String,
    /// What should be seen if it is right, where it isn't part of the hypothesis.
    pub expected: Option<String>,
    /// Who made it.
    pub by: Author,
}

/// Who made a proposal, as records name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Author {
    /// `search`, `llm` or `agent`.
    pub kind: &'static str,
    /// An operator of the search, a model, or an agent's command.
    pub name: Option<String>,
    /// SHA-256 of the prompt.
    pub prompt: Option<String>,
    /// Whether it was told a person's idea, if there was one.
    pub reads: bool,
}

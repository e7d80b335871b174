//! Proposals: small changes to the incumbent, by whoever proposes.
//!
//! A proposer is given a [`Disclosure`] and nothing else. It holds no out-of-sample or holdout value other than verdicts,
//! ids of failed gates and rungs of the [`Ladder`], so what decides keep or discard can't leak into what is proposed next.
//! That is held by types: records are read through `Disclosable`, which doesn't lend their numbers, and a [`Rung`] is made
//! by the ladder only.
//!
//! Never touches market data, backtests, scores, the disk, the clock or the network.

mod disclosable;
mod disclose;
mod ladder;
pub mod search;

pub use disclose::Discloser;
pub use ladder::{Ladder, Rung, Told};

use std::collections::BTreeSet;

use crate::program::ConstraintSettings;
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
    pub past: Vec<PastProposal>,
    /// Files of strategies that were incumbents before, oldest first.
    pub ancestors: Vec<String>,
    /// The best score told in this epoch, to the step of the ladder.
    pub best: Option<Rung>,
    /// Iterations since the last improvement.
    pub stale: u64,
    /// Candidates already refused in this iteration, with what was wrong.
    pub refused: Vec<Refusal>,
}

/// What became of an earlier proposal, as far as a proposer may know.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PastProposal {
    /// Its iteration.
    pub iteration: u64,
    /// What made it: an operator of the search, or a model.
    pub operator: String,
    /// Whether it became the incumbent.
    pub accepted: bool,
    /// Whether it was evaluated at all (not a duplicate, invalid or failed).
    pub evaluated: bool,
    /// What it changed.
    pub edits: Vec<Edit>,
    /// Ids of the gates that it failed.
    pub failed_gates: Vec<String>,
    /// What is told of its score.
    pub told: Told,
}

/// A candidate that was refused before it was evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Its edits.
    pub edits: Vec<Edit>,
    /// Rendered diagnostics, or that it was tried before.
    pub reason: String,
}

/// A proposed change.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What to change in the incumbent's file.
    pub edits: Vec<Edit>,
    /// One or two sentences that the result can prove wrong.
    pub hypothesis: String,
    /// What made it: an operator of the search, or a model.
    pub operator: String,
}

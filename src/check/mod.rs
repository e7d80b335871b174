//! Is this text a strategy that may be tried? Parse, types, bounds, complexity, symbols, novelty.
//!
//! Never touches market data, of which it is told names and lengths of bars, nor scores, the disk or who
//! proposed the candidate.

use std::collections::BTreeSet;
use std::fmt;

use crate::expr::{Diagnostic, Listing};
use crate::program::ConstraintSettings;
use crate::strategy::{self, CandidateHash, Compiled, Strategy, compile};

/// What messages call a strategy file.
pub const STRATEGY_FILE: &str = "state/strategy.toml";

/// A strategy that can be run.
pub struct Candidate {
    /// Its file.
    pub text: String,
    /// What the file says.
    pub strategy: Strategy,
    /// Ready to run.
    pub compiled: Compiled,
}

/// What it says; what it compiles to follows from that.
impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").field("text", &self.text).finish_non_exhaustive()
    }
}

impl Candidate {
    /// What it does, as a hash.
    pub fn hash(&self) -> &CandidateHash {
        &self.compiled.hash
    }
}

/// Why a candidate won't be evaluated.
#[derive(Debug)]
pub enum Flaw {
    /// It isn't a strategy.
    Invalid(Vec<Diagnostic>),
    /// It is one, but program.md doesn't allow it.
    Constraint(String),
    /// The same was tried before, or is the incumbent.
    Duplicate(CandidateHash),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(findings) => {
                for (i, finding) in findings.iter().enumerate() {
                    let gap = if i > 0 { "\n\n" } else { "" };
                    write!(f, "{gap}{finding}")?;
                }
                Ok(())
            }
            Self::Constraint(message) => f.write_str(message),
            Self::Duplicate(hash) => write!(f, "the same strategy was tried before ({hash})"),
        }
    }
}

impl std::error::Error for Flaw {}

/// Parses and compiles a strategy file. `name` is how messages call it.
///
/// # Errors
///
/// Everything that is wrong with it, each with its place.
pub fn read(name: &str, text: &str) -> Result<Candidate, Flaw> {
    let strategy = Strategy::parse(name, text).map_err(Flaw::Invalid)?;
    let compiled = compile(&strategy, (name, text)).map_err(Flaw::Invalid)?;
    Ok(Candidate { text: text.into(), strategy, compiled })
}

/// Whether a market has what a strategy asks for: the symbols that it names, and bars shorter than its
/// timeframes. `name` is how messages call it.
///
/// # Errors
///
/// Everything that the market doesn't have, each with its place.
pub fn known(candidate: &Candidate, name: &str, listing: &Listing) -> Result<(), Flaw> {
    let file = (name, candidate.text.as_str());
    let findings = strategy::missing(&candidate.strategy, file, Some(listing));
    if findings.is_empty() { Ok(()) } else { Err(Flaw::Invalid(findings)) }
}

/// Whether program.md allows a strategy.
///
/// # Errors
///
/// The first constraint that it breaks.
pub fn allowed(candidate: &Candidate, constraints: &ConstraintSettings) -> Result<(), Flaw> {
    let refuse = |message: String| Err(Flaw::Constraint(message));
    let (nodes, params) = (candidate.compiled.nodes, candidate.strategy.params.len());
    if nodes > constraints.max_nodes {
        return refuse(format!(
            "the strategy has {nodes} nodes; [constraints] max_nodes allows {}",
            constraints.max_nodes
        ));
    }
    if params > constraints.max_params {
        return refuse(format!(
            "the strategy has {params} parameters; [constraints] max_params allows {}",
            constraints.max_params
        ));
    }
    if candidate.compiled.short.is_some() && !constraints.allow_short {
        return refuse("the strategy goes short; [constraints] allow_short = false".into());
    }
    Ok(())
}

/// Reads a candidate and says whether it may be tried on a market with these symbols.
///
/// # Errors
///
/// See [`Flaw`].
pub fn check(
    text: &str,
    constraints: &ConstraintSettings,
    tried: &BTreeSet<CandidateHash>,
    listing: &Listing,
) -> Result<Candidate, Flaw> {
    let candidate = read(STRATEGY_FILE, text)?;
    known(&candidate, STRATEGY_FILE, listing)?;
    allowed(&candidate, constraints)?;
    if tried.contains(candidate.hash()) {
        return Err(Flaw::Duplicate(candidate.hash().clone()));
    }
    Ok(candidate)
}

//! The offline search as a proposer.

use crate::ports::{Aids, Proposer, ProposerError};
use crate::propose::{Disclosure, Proposal, search};

/// Proposes by seeded search: no key, no network, the same proposal for the same state.
pub struct OfflineSearch {
    seed: u64,
}

impl OfflineSearch {
    /// A search with the program's seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }
}

impl Proposer for OfflineSearch {
    fn propose(
        &mut self,
        disclosure: &Disclosure,
        _: &mut Aids<'_>,
    ) -> Result<Proposal, ProposerError> {
        search::propose(disclosure, self.seed)
            .map_err(|exhausted| ProposerError::Exhausted(exhausted.to_string()))
    }
}

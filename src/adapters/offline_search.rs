//! The offline search as a proposer.

use crate::ports::{Aids, Proposer, ProposerError};
use crate::propose::search::{self, InSample};
use crate::propose::{Disclosure, Proposal};

/// Proposes by seeded search: no key, no network, the same proposal for the same state.
pub struct OfflineSearch {
    seed: u64,
    drafts: usize,
}

impl OfflineSearch {
    /// A search with the program's seed, that compares so many drafts in-sample for one proposal.
    pub fn new(seed: u64, drafts: usize) -> Self {
        Self { seed, drafts }
    }
}

impl Proposer for OfflineSearch {
    fn propose(
        &mut self,
        disclosure: &Disclosure,
        aids: &mut Aids<'_>,
    ) -> Result<Proposal, ProposerError> {
        let in_sample = InSample { judge: aids.in_sample, drafts: self.drafts };
        search::propose(disclosure, self.seed, Some(in_sample))
            .map_err(|exhausted| ProposerError::Exhausted(exhausted.to_string()))
    }
}

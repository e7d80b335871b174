//! Several proposers in turn, and the search in the place of one that can't be asked.
//!
//! Who has its turn is the room's to say ([`choice::turn`]); nothing here knows what any of them does.

use crate::ports::{Aids, Event, Proposer, ProposerError};
use crate::program::{Fallback, MixSettings, ProposerKind};
use crate::propose::{Disclosure, Proposal, choice};

/// Proposers by kind, as the program has them.
pub struct Turns {
    /// Shares; a program with one proposer gives it all.
    pub mix: MixSettings,
    /// Seed of the draw.
    pub seed: u64,
    /// The search, always there.
    pub search: Box<dyn Proposer>,
    /// The models, where the program asks them.
    pub llm: Option<Box<dyn Proposer>>,
    /// The agent, where the program asks one.
    pub agent: Option<Box<dyn Proposer>>,
    /// What happens when one can't be asked.
    pub fallback: Fallback,
}

impl Proposer for Turns {
    fn reads(&self) -> bool {
        self.llm.is_some() || self.agent.is_some()
    }

    fn propose(
        &mut self,
        disclosure: &Disclosure,
        aids: &mut Aids<'_>,
    ) -> Result<Proposal, ProposerError> {
        let member = match choice::turn(&self.mix, disclosure, self.seed) {
            ProposerKind::Llm => self.llm.as_mut(),
            ProposerKind::Agent => self.agent.as_mut(),
            ProposerKind::Search | ProposerKind::Mix => None,
        };
        let Some(member) = member else { return self.search.propose(disclosure, aids) };
        match member.propose(disclosure, aids) {
            Err(error) if self.fallback == Fallback::Search && cannot_be_asked(&error) => {
                aids.progress.event(&Event::Note(&format!("{error}: the search proposes instead")));
                self.search.propose(disclosure, aids)
            }
            result => result,
        }
    }
}

/// A proposer that can't be asked as it is configured.
pub struct Unasked {
    /// Which proposer.
    pub kind: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl Proposer for Unasked {
    fn reads(&self) -> bool {
        true
    }

    fn propose(&mut self, _: &Disclosure, _: &mut Aids<'_>) -> Result<Proposal, ProposerError> {
        Err(ProposerError::Misconfigured { kind: self.kind, message: self.message.clone() })
    }
}

/// Whether the failure says that nothing can be had from it now, rather than that its answer was bad or that
/// the repository failed.
fn cannot_be_asked(error: &ProposerError) -> bool {
    matches!(
        error,
        ProposerError::Unavailable { .. }
            | ProposerError::Misconfigured { .. }
            | ProposerError::Spent(_)
    )
}

//! One proposal: what the proposer is told, what it answers, whether that may be tried.

use super::purse::Till;
use super::{LoopError, Orders, Session, Timing};
use crate::check::{self, Candidate, Flaw};
use crate::diagnose;
use crate::evaluation::Arena;
use crate::ports::{Aids, Event, Lock, Ports, ProposerError};
use crate::propose::{Author, Proposal, Refusal};
use crate::state::{Asked, JOURNAL_FORMAT, Journal, JournalProposal, Phase, Proposer};
use crate::strategy::apply;

/// A proposal that is journalled, and whether it may be tried.
pub(super) struct Proposed {
    pub(super) journal: Journal,
    pub(super) checked: Result<Candidate, Refused>,
}

/// Why a candidate won't be evaluated, by what becomes of its iteration.
pub(super) enum Refused {
    Invalid(String),
    Duplicate(String),
}

impl Refused {
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Invalid(message) => message.clone(),
            Self::Duplicate(hash) => format!("the same strategy was tried before ({hash})"),
        }
    }
}

impl From<Flaw> for Refused {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Duplicate(hash) => Self::Duplicate(hash.to_string()),
            flaw => Self::Invalid(flaw.to_string()),
        }
    }
}

/// What a proposer answered.
enum Answer {
    Change(Proposal),
    /// Something without a change in it.
    Unreadable {
        by: Author,
        reason: String,
    },
}

impl Session {
    /// Asks until something may be tried, or the tries of an iteration are used up.
    pub(super) fn propose(
        &mut self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        orders: &Orders,
        lock: &Lock,
        timing: &mut Timing,
    ) -> Result<Proposed, LoopError> {
        let clock = ports.clock;
        let started = clock.now();
        let tries = arena.program().settings.session.proposals.max(1);
        if ports.proposer.reads() {
            diagnose::inform(
                arena,
                self.discloser.disclosure(),
                self.hints.first(),
                self.read.as_deref(),
            )
            .map_err(|flaw| LoopError::Strategy(flaw.to_string()))?;
            timing.lap(clock, "diagnose");
        }
        self.discloser.disclosure().refused.clear();
        let mut attempt = 0;
        let mut last = None;
        loop {
            attempt += 1;
            ports.progress.event(&Event::Phase("propose"));
            let answer = match (self.ask(ports, arena, lock, started), last.take()) {
                // Nobody can be asked again: what was refused is what came of it.
                (Err(LoopError::Proposer(error)), Some((journal, flaw))) if error.ends_a_run() => {
                    return Ok(Proposed { journal: self.booked(journal), checked: Err(flaw) });
                }
                (answer, _) => answer?,
            };
            timing.lap(clock, "propose");
            ports.progress.event(&Event::Phase("check"));
            let (text, checked) = self.check(arena, &answer);
            timing.lap(clock, "check");
            let proposal = self.journalled(answer, text, &checked);
            let journal = self.journal(arena, started, Phase::Proposed(proposal));
            // What a proposer was paid for is durable before anything else happens to it.
            if !orders.dry_run {
                ports.repository.write_journal(lock, &journal.to_text()?)?;
            }
            timing.lap(clock, "journal");
            match checked {
                Err(flaw) if attempt < tries => {
                    self.refuse(&journal, &flaw);
                    last = Some((journal, flaw));
                }
                checked => return Ok(Proposed { journal, checked }),
            }
        }
    }

    /// One answer, and what it cost in the books.
    fn ask(
        &mut self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        lock: &Lock,
        started: jiff::Timestamp,
    ) -> Result<Answer, LoopError> {
        let journal = self.journal(arena, started, Phase::Asked(Asked::default()));
        let spend = self.state.status().map(|status| &status.spend);
        let mut till = Till {
            budget: &arena.program().settings.budget,
            spend,
            today: ports.clock.now().strftime("%F").to_string(),
            books: &mut self.books,
            journal,
            repository: ports.repository,
            lock,
        };
        let mut aids = Aids {
            purse: &mut till,
            progress: &mut *ports.progress,
            stop: ports.stop,
            in_sample: &|strategy| arena.score_in_sample(strategy),
        };
        let answer = ports.proposer.propose(self.discloser.disclosure(), &mut aids);
        self.books.close();
        match answer {
            Ok(proposal) => Ok(Answer::Change(proposal)),
            Err(ProposerError::Unreadable { by, reason }) => Ok(Answer::Unreadable { by, reason }),
            Err(error) => Err(error.into()),
        }
    }

    /// The run ends and there will be no record: hints wait in the journal.
    pub(super) fn keep_hints(
        &self,
        ports: &mut Ports<'_>,
        arena: &Arena<'_>,
        lock: &Lock,
    ) -> Result<(), LoopError> {
        if !self.hints.must_be_kept() {
            return Ok(());
        }
        let journal = self.journal(arena, ports.clock.now(), Phase::Asked(self.books.asked()));
        ports.repository.write_journal(lock, &journal.to_text()?)?;
        ports.progress.event(&Event::Note("nobody read the hint; it waits for the next run"));
        Ok(())
    }

    /// The candidate's text, and whether it may be tried.
    fn check(
        &mut self,
        arena: &Arena<'_>,
        answer: &Answer,
    ) -> (String, Result<Candidate, Refused>) {
        let edits = match answer {
            Answer::Change(proposal) => &proposal.edits,
            Answer::Unreadable { reason, .. } => {
                return (String::new(), Err(Refused::Invalid(reason.clone())));
            }
        };
        let text = match apply(&self.discloser.disclosure().incumbent, edits) {
            Ok(text) => text,
            Err(error) => return (String::new(), Err(Refused::Invalid(error.to_string()))),
        };
        let constraints = &arena.program().settings.constraints;
        let tried = self.discloser.tried();
        let checked = check::check(&text, constraints, tried, arena.listing());
        (text, checked.map_err(Refused::from))
    }

    /// What the journal keeps of an answer.
    fn journalled(
        &mut self,
        answer: Answer,
        candidate: String,
        checked: &Result<Candidate, Refused>,
    ) -> JournalProposal {
        let (proposal, by) = match answer {
            Answer::Change(proposal) => {
                let by = proposal.by.clone();
                (Some(proposal), by)
            }
            Answer::Unreadable { by, .. } => (None, by),
        };
        let mut proposer = Proposer {
            kind: by.kind.into(),
            model: by.name,
            prompt: by.prompt,
            ..Proposer::default()
        };
        proposer.book(&self.books.bill());
        // Only who reads ideas can take one up.
        let idea = self.discloser.disclosure().idea.clone().filter(|_| by.reads);
        let waiting = self.hints.but(idea.as_deref());
        // Without a candidate there is nothing to check again: a later run has only these words.
        let unreadable = match checked {
            Err(flaw) if candidate.is_empty() => Some(flaw.reason()),
            _ => None,
        };
        let (edits, hypothesis, expected) = proposal.map_or_else(Default::default, |proposal| {
            (proposal.edits, Some(proposal.hypothesis), proposal.expected)
        });
        JournalProposal {
            candidate,
            candidate_hash: None,
            edits,
            hypothesis,
            expected,
            idea,
            waiting,
            unreadable,
            proposer,
        }
    }

    /// The journal of a proposal, with all that asking has cost since.
    fn booked(&self, mut journal: Journal) -> Journal {
        if let Phase::Proposed(proposal) = &mut journal.phase {
            let proposer = &mut proposal.proposer;
            (proposer.tokens_in, proposer.tokens_out, proposer.usd) = (0, 0, None);
            proposer.book(&self.books.bill());
        }
        journal
    }

    pub(super) fn journal(
        &self,
        arena: &Arena<'_>,
        started: jiff::Timestamp,
        phase: Phase,
    ) -> Journal {
        Journal {
            format: JOURNAL_FORMAT,
            iteration: self.state.next_iteration(),
            epoch: arena.epoch().into(),
            parent: self.state.status().map(|status| status.incumbent.hash.clone()),
            base: self.head.as_ref().map(ToString::to_string),
            started: started.to_string(),
            hints: self.hints.to_journal(),
            phase,
        }
    }

    /// Tells the proposer what was wrong, for its next try.
    fn refuse(&mut self, journal: &Journal, flaw: &Refused) {
        if let Phase::Proposed(proposal) = &journal.phase {
            let refusal = Refusal { edits: proposal.edits.clone(), reason: flaw.reason() };
            self.discloser.disclosure().refused.push(refusal);
        }
    }
}

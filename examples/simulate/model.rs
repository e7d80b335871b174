//! A model that is paid for: each answer says which call it was.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use sprag::ports::{Aids, Proposer, ProposerError};
use sprag::propose::{Author, Disclosure, Proposal};
use sprag::state::{Bill, Edit, Usd};

use crate::fate::{Fate, Process};

/// Tokens that a call costs at most, and that it asks its purse for.
pub const MOST: u64 = 1_000;

/// What a model charged, over all processes.
#[derive(Default)]
pub struct Model {
    pub calls: AtomicU64,
    /// Tokens of all answers, heard or not.
    pub charged: AtomicU64,
}

/// The model, as one process reaches it.
pub struct Client<'a> {
    pub model: &'a Model,
    pub process: &'a Process<'a>,
    /// Whether it takes up what people want tried.
    pub reads: bool,
}

fn bill(tokens: u64) -> Bill {
    Bill { tokens_in: tokens, tokens_out: 0, usd: Some(Usd::Known(tokens as f64 / 1_000.0)) }
}

/// A change that is one of a few hundred, some of which are no strategy.
fn edits(fate: &Fate) -> Vec<Edit> {
    match fate.below(12) {
        0 => vec![Edit::set("long.enter", "close > nosuch(close, 3)")],
        1 => vec![Edit::set("risk.max_bars", 5 + fate.below(40))],
        2..=4 => vec![Edit::set("risk.stop_loss", format!("{} * atr(10)", 1 + fate.below(9)))],
        _ => vec![Edit::set("params.n.value", 3 + fate.below(38))],
    }
}

impl Client<'_> {
    fn unavailable(&self, message: &str) -> ProposerError {
        self.process.note(format!("model: {message}"));
        ProposerError::Unavailable { kind: "llm", message: message.into() }
    }
}

impl Proposer for Client<'_> {
    fn reads(&self) -> bool {
        self.reads
    }

    fn propose(&mut self, _: &Disclosure, aids: &mut Aids<'_>) -> Result<Proposal, ProposerError> {
        let (process, fate) = (self.process, self.process.fate);
        if process.is_dead() {
            return Err(self.unavailable("no process"));
        }
        let reservation = aids.purse.reserve(&bill(MOST))?;
        process.wait();
        let call = self.model.calls.fetch_add(1, Relaxed) + 1;
        let tokens = 100 + fate.below(MOST - 100);
        let trouble = fate.trouble(if fate.has_faults() { 110 } else { 0 });
        if trouble.is_some_and(|kind| kind % 2 == 0) {
            // Refused before it was read: nothing is charged, and that is known.
            aids.purse.settle(reservation, &Bill::default())?;
            return Err(self.unavailable("refused"));
        }
        self.model.charged.fetch_add(tokens, Relaxed);
        process.note(format!("call {call} costs {tokens}"));
        let name = Some("simulated".into());
        let by = Author { kind: "llm", name, reads: self.reads, ..Author::default() };
        if trouble.is_some_and(|kind| kind / 2 % 4 == 3) {
            // There is no change in what it said, nor what it cost: what is set aside is taken for it.
            process.note("model: no change in the answer");
            return Err(ProposerError::Unreadable { by, reason: "it rambles".into() });
        }
        if let Some(kind) = trouble {
            // Nobody hears the answer, and what is set aside stays so.
            if kind / 2 % 2 == 0 {
                process.kill();
            }
            return Err(self.unavailable("the answer was lost"));
        }
        aids.purse.settle(reservation, &bill(tokens))?;
        let hypothesis = format!("Call {call} does better.");
        Ok(Proposal { edits: edits(fate), hypothesis, expected: None, by })
    }
}

//! A model that is paid for: each answer says which call it was.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sprag::ports::{Aids, Proposer, ProposerError};
use sprag::propose::{Author, Disclosure, Proposal};
use sprag::state::{Bill, Edit, Usd};

use crate::fate::Fate;

/// Tokens that a call costs at most, and that it asks its purse for.
pub const MOST: u64 = 1_000;

/// The model, and what it charged.
pub struct Model {
    pub fate: Rc<Fate>,
    pub calls: Cell<u64>,
    /// Tokens of all answers, heard or not.
    pub charged: Cell<u64>,
    /// Hypotheses that were handed to the loop.
    pub handed: RefCell<Vec<String>>,
}

fn bill(tokens: u64) -> Bill {
    Bill { tokens_in: tokens, tokens_out: 0, usd: Some(Usd::Known(tokens as f64 / 1_000.0)) }
}

impl Model {
    pub fn new(fate: Rc<Fate>) -> Self {
        Self { fate, calls: Cell::new(0), charged: Cell::new(0), handed: RefCell::default() }
    }

    fn unavailable(&self, message: &str) -> ProposerError {
        self.fate.note(&format!("model: {message}"));
        ProposerError::Unavailable { kind: "llm", message: message.into() }
    }

    /// A change that is one of a few hundred, some of which are no strategy.
    fn edits(&self) -> Vec<Edit> {
        match self.fate.below(12) {
            0 => vec![Edit::set("long.enter", "close > nosuch(close, 3)")],
            1 => vec![Edit::set("risk.max_bars", 5 + self.fate.below(40))],
            2..=4 => {
                vec![Edit::set("risk.stop_loss", format!("{} * atr(10)", 1 + self.fate.below(9)))]
            }
            _ => vec![Edit::set("params.n.value", 3 + self.fate.below(38))],
        }
    }
}

impl Proposer for &Model {
    fn propose(&mut self, _: &Disclosure, aids: &mut Aids<'_>) -> Result<Proposal, ProposerError> {
        if self.fate.is_dead() {
            return Err(self.unavailable("no process"));
        }
        let reservation = aids.purse.reserve(&bill(MOST))?;
        self.calls.set(self.calls.get() + 1);
        let tokens = 100 + self.fate.below(MOST - 100);
        if self.fate.has_faults() && self.fate.chance(60) {
            // Refused before it was read: nothing is charged, and that is known.
            aids.purse.settle(reservation, &Bill::default())?;
            return Err(self.unavailable("refused"));
        }
        self.charged.set(self.charged.get() + tokens);
        if self.fate.has_faults() && self.fate.chance(60) {
            // Nobody hears the answer, and what is set aside stays so.
            if self.fate.chance(500) {
                self.fate.kill();
            }
            return Err(self.unavailable("the answer was lost"));
        }
        aids.purse.settle(reservation, &bill(tokens))?;
        let hypothesis = format!("Call {} does better.", self.calls.get());
        self.handed.borrow_mut().push(hypothesis.clone());
        let by = Author { kind: "llm", name: Some("simulated".into()), ..Author::default() };
        Ok(Proposal { edits: self.edits(), hypothesis, expected: None, by })
    }
}

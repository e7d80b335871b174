//! What people want tried, until a record has it.
//!
//! A hint is given to one run. The first record of that run takes it up, or says that it waits; where there is no record,
//! because nobody could be asked, it waits in the journal. A dry run tries it, and leaves everything as it was.

use std::sync::Arc;

use super::Orders;
use crate::state::{Journal, Phase, Record};

/// Hints that no record has yet, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Hints {
    open: Vec<String>,
    /// What journals hold meanwhile, where that is something else: in a dry run.
    kept: Option<Vec<String>>,
    /// What a comment at the forge asks for: it waits there, and nowhere else.
    wish: Option<String>,
}

impl Hints {
    /// Those of a run that has made these records and finds this journal.
    pub(super) fn found(orders: &Orders, made: &[Arc<Record>], journal: Option<&Journal>) -> Self {
        let kept = match journal {
            // Those of another journal are in what it proposes or records.
            Some(Journal { hints, phase: Phase::Asked(_), .. }) => hints.clone(),
            _ => Vec::new(),
        };
        let mut open = kept.clone();
        open.extend(orders.hint.clone().filter(|hint| !kept.contains(hint)));
        let mut hints = Self { open, kept: orders.dry_run.then_some(kept), wish: None };
        made.iter().for_each(|record| hints.recorded(record));
        hints
    }

    /// The one that is to be tried next.
    pub(super) fn first(&self) -> Option<&str> {
        self.open.first().or(self.wish.as_ref()).map(String::as_str)
    }

    /// A comment asks for this.
    pub(super) fn wish(&mut self, wish: Option<String>) {
        self.wish = wish;
    }

    /// Those that go on waiting when this one is taken up.
    pub(super) fn but(&self, taken_up: Option<&str>) -> Vec<String> {
        self.open.iter().filter(|hint| Some(hint.as_str()) != taken_up).cloned().collect()
    }

    /// Those that a journal has to keep.
    pub(super) fn to_journal(&self) -> Vec<String> {
        self.kept.as_ref().unwrap_or(&self.open).clone()
    }

    /// Whether a run that ends without a record has to write them down.
    pub(super) fn must_be_kept(&self) -> bool {
        self.kept.is_none() && !self.open.is_empty()
    }

    /// A record has them.
    pub(super) fn recorded(&mut self, record: &Record) {
        self.wish.take_if(|wish| record.idea.as_ref() == Some(wish));
        self.open
            .retain(|hint| record.idea.as_ref() != Some(hint) && !record.waiting.contains(hint));
    }
}

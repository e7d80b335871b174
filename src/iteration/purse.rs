//! What asking costs, booked so that neither a kill nor a failed call makes anybody forget it.
//!
//! Before a call the most that it can cost is set aside, within the budgets, and journalled; after it, what it
//! did cost takes that place. Whatever record comes next carries the sum. A run that was killed during a
//! call leaves the reservation, which the next run books as spent: nobody knows better.

use crate::budget::{Spent, Sum, overdrawn};
use crate::ports::{Lock, Purse, PurseError, Repository, Reservation};
use crate::program::BudgetSettings;
use crate::state::{Asked, Bill, Journal, Phase, Spend};

/// What this run and its iteration under way have cost.
#[derive(Debug, Clone, Default)]
pub(super) struct Books {
    /// Not recorded yet.
    asked: Asked,
    /// By this run, recorded or not.
    pub(super) run: Sum,
    /// Calls under way.
    reserved: Vec<Option<Bill>>,
}

impl Books {
    /// The books of a run that has cost `run` so far and finds this journal.
    pub(super) fn found(run: Sum, journal: Option<&Journal>) -> Self {
        let owed = match journal.map(|journal| &journal.phase) {
            Some(Phase::Asked(asked)) => asked.owed(),
            _ => Bill::default(),
        };
        Self { asked: Asked { bill: owed, ..Asked::default() }, run, reserved: Vec::new() }
    }

    /// What the next record has to carry.
    pub(super) fn bill(&self) -> Bill {
        self.asked.owed()
    }

    /// What an iteration without a proposal has cost, for the journal.
    pub(super) fn asked(&self) -> Asked {
        self.asked
    }

    /// A record carries it.
    pub(super) fn recorded(&mut self) {
        self.asked = Asked::default();
    }

    /// No call is under way any more: what nobody settled counts as spent.
    pub(super) fn close(&mut self) {
        for most in std::mem::take(&mut self.reserved).into_iter().flatten() {
            self.asked.bill.add(&most);
            self.run.add(&most);
        }
        self.asked.in_flight = Bill::default();
    }

    fn set_in_flight(&mut self) {
        self.asked.in_flight = Bill::default();
        for most in self.reserved.iter().flatten() {
            self.asked.in_flight.add(most);
        }
    }
}

/// The purse of one proposal.
pub(super) struct Till<'a> {
    pub(super) budget: &'a BudgetSettings,
    /// Recorded so far; none before the first baseline.
    pub(super) spend: Option<&'a Spend>,
    /// `YYYY-MM-DD`, UTC.
    pub(super) today: String,
    pub(super) books: &'a mut Books,
    /// Of the iteration under way; its phase is set on each write.
    pub(super) journal: Journal,
    pub(super) repository: &'a dyn Repository,
    pub(super) lock: &'a Lock,
}

impl Till<'_> {
    fn spent(&self) -> Spent {
        let mut run = self.books.run;
        run.add(&self.books.asked.in_flight);
        let mut spent = match self.spend {
            Some(spend) => Spent::recorded(spend, &self.today, run),
            None => Spent { run, ..Spent::default() },
        };
        spent.add_unrecorded(&self.books.asked.owed());
        spent
    }

    fn write(&mut self) -> Result<(), PurseError> {
        self.books.set_in_flight();
        self.journal.phase = Phase::Asked(self.books.asked);
        Ok(self.repository.write_journal(self.lock, &self.journal.to_text()?)?)
    }
}

impl Purse for Till<'_> {
    fn reserve(&mut self, most: &Bill) -> Result<Reservation, PurseError> {
        if let Some(overdrawn) = overdrawn(self.budget, &self.spent(), most) {
            return Err(PurseError::Overdrawn(overdrawn));
        }
        self.books.reserved.push(Some(*most));
        self.write()?;
        Ok(Reservation(self.books.reserved.len() - 1))
    }

    fn settle(&mut self, reservation: Reservation, actual: &Bill) -> Result<(), PurseError> {
        if let Some(most) = self.books.reserved.get_mut(reservation.0) {
            *most = None;
        }
        self.books.asked.bill.add(actual);
        self.books.run.add(actual);
        self.write()
    }
}

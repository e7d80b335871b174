//! What can follow what in the ledger, and how it and the history hold each other to account.

use std::collections::BTreeMap;

use super::{Entry, Ledger};
use crate::state::history::MOST_TRIALS;
use crate::state::{HOLDOUT_LOOKS, History, StateError};

impl Ledger {
    /// Whether an entry can be the next one.
    pub(in crate::state) fn check_next(&self, entry: &Entry) -> Result<(), StateError> {
        let refuse = |message: String| Err(StateError::Ledger { message });
        match entry {
            Entry::Trial(_) | Entry::Look(_) if self.epoch().is_none() => {
                refuse("an epoch has to begin before anything is tried in it".into())
            }
            Entry::Trial(trial) => {
                let expected = self.total().saturating_add(trial.count.max(1));
                let readable = trial.returns.as_ref().is_none_or(|row| row.returns().is_some());
                if trial.trial != expected || expected > MOST_TRIALS {
                    let (found, at) = (trial.trial, trial.iteration);
                    refuse(format!("trial {found} of iteration {at} should be {expected}"))
                } else if trial.count == 0 {
                    refuse(format!("trial {} stands for none", trial.trial))
                } else if !readable {
                    refuse(format!("the returns of trial {} can't be read", trial.trial))
                } else {
                    Ok(())
                }
            }
            Entry::Look(look) => {
                let spent = self.epoch().map_or(0, |span| self.looks(span).len() as u64);
                if self.has_open_look() {
                    refuse(format!("look {} comes before the outcome of the last", look.look))
                } else if look.look != spent + 1 || spent >= HOLDOUT_LOOKS {
                    let number = look.look;
                    refuse(format!("look {number} can't follow {spent} of {HOLDOUT_LOOKS} looks"))
                } else {
                    Ok(())
                }
            }
            Entry::Outcome(outcome) if !self.has_open_look() => {
                refuse(format!("there is no look for the outcome of look {}", outcome.look))
            }
            Entry::Carried(_) if !self.entries.is_empty() => {
                refuse("carried trials can't come after others".into())
            }
            Entry::Carried(carried) if carried.trials > MOST_TRIALS => {
                refuse(format!("{} carried trials are too many", carried.trials))
            }
            _ => Ok(()),
        }
    }

    fn has_open_look(&self) -> bool {
        let last = self.marked().rev().find_map(|entry| match entry {
            Entry::Look(_) => Some(true),
            Entry::Outcome(_) => Some(false),
            _ => None,
        });
        last.unwrap_or(false)
    }

    /// Compares the running count with the trial numbers of the records.
    pub(super) fn agrees_with(&self, history: &History) -> Result<(), StateError> {
        let refuse = |message: String| Err(StateError::Ledger { message });
        let (mut total, mut first) = (0, 0);
        let mut after: BTreeMap<u64, u64> = BTreeMap::new();
        for entry in self.entries() {
            match entry {
                // Records of before there was a ledger count by themselves.
                Entry::Carried(carried) => {
                    (total, first) = (carried.trials, carried.iteration.saturating_add(1));
                }
                Entry::Trial(trial) => {
                    after.insert(trial.iteration, trial.trial);
                }
                _ => {}
            }
        }
        for record in history.records().iter().skip(first as usize) {
            total = after.remove(&record.iteration).unwrap_or(total);
            if let Some(trial) = record.trial.filter(|trial| *trial != total) {
                let at = record.iteration;
                return refuse(format!(
                    "iteration {at} is trial {trial} by its record and {total} by the ledger"
                ));
            }
        }
        match after.first_key_value() {
            None => Ok(()),
            Some((at, _)) => {
                refuse(format!("it has trials of iteration {at}, which has no record"))
            }
        }
    }
}

//! What can follow what in the ledger, and how it and the history hold each other to account.

use std::collections::BTreeMap;

use super::{Entry, Ledger, Look, Outcome, level};
use crate::state::history::MOST_TRIALS;
use crate::state::{HOLDOUT_LOOKS, History, StateError};

/// Whether a ledger without entries is one of before there were ledgers, whose trials the records count. Once there was
/// one, nothing but its lines knows which looks were spent.
pub(super) fn is_whole(
    files: usize,
    entries: &[Entry],
    history: &History,
) -> Result<(), StateError> {
    // What luck would show was never written down without a ledger beside it.
    let had_one = || history.records().iter().find(|record| record.luck.is_some());
    let trials = history.trials();
    if !entries.is_empty() || trials == 0 {
        return Ok(());
    }
    let message = match (files, had_one()) {
        (0, None) => return Ok(()),
        (0, Some(record)) => {
            let at = record.iteration;
            format!("its files are gone, and iteration {at} was recorded beside a ledger")
        }
        _ => format!("it has no entries, and the records count {trials} trials"),
    };
    Err(StateError::Ledger { message })
}

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
            Entry::Look(look) => self.check_look(look).map_or(Ok(()), refuse),
            Entry::Outcome(outcome) => self.check_outcome(outcome).map_or(Ok(()), refuse),
            Entry::Carried(_) if !self.entries.is_empty() => {
                refuse("carried trials can't come after others".into())
            }
            Entry::Carried(carried) if carried.trials > MOST_TRIALS => {
                refuse(format!("{} carried trials are too many", carried.trials))
            }
            _ => Ok(()),
        }
    }

    /// What is wrong with a look as the next entry.
    fn check_look(&self, look: &Look) -> Option<String> {
        let span = self.epoch()?;
        let spent = self.looks(span).len() as u64;
        let (number, expected) = (look.look, level(look.look));
        if self.untaken().is_some() {
            Some(format!("look {number} comes before the outcome of the last"))
        } else if look.epoch != span.epoch {
            let (named, epoch) = (&look.epoch, &span.epoch);
            Some(format!("look {number} names epoch {named}, and stands in epoch {epoch}"))
        } else if span.holdout.is_none() {
            Some(format!("look {number} is at the holdout of an epoch that has none"))
        } else if number != spent + 1 || spent >= HOLDOUT_LOOKS {
            Some(format!("look {number} can't follow {spent} of {HOLDOUT_LOOKS} looks"))
        } else if (look.level - expected).abs() > 1e-12 {
            let found = look.level;
            Some(format!("look {number} is at level {found}, and its number gives {expected}"))
        } else if self.trial(&look.epoch, &look.candidate).is_none() {
            let candidate = &look.candidate;
            Some(format!("look {number} is for {candidate}, of which there is no trial"))
        } else {
            None
        }
    }

    /// What is wrong with an outcome as the next entry.
    fn check_outcome(&self, outcome: &Outcome) -> Option<String> {
        let number = outcome.look;
        let Some(look) = self.untaken() else {
            return Some(format!("there is no look for the outcome of look {number}"));
        };
        let said = [
            ("look", outcome.look.to_string(), look.look.to_string()),
            ("epoch", outcome.epoch.clone(), look.epoch.clone()),
            ("candidate", outcome.candidate.clone(), look.candidate.clone()),
        ];
        let (key, found, expected) = said.into_iter().find(|(_, a, b)| a != b)?;
        Some(format!(
            "the outcome of look {number} names {key} {found}, and the look before it {expected}"
        ))
    }

    /// The last look, if no outcome follows it.
    fn untaken(&self) -> Option<&Look> {
        let last = self.marked().rev().find_map(|entry| match entry {
            Entry::Look(look) => Some(Some(look)),
            Entry::Outcome(_) => Some(None),
            _ => None,
        });
        last.flatten()
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
                Entry::Look(look) => {
                    let (number, at) = (look.look, look.iteration);
                    let record = history.records().get(at as usize);
                    if record.and_then(|record| record.candidate.as_ref()) != Some(&look.candidate)
                    {
                        let candidate = &look.candidate;
                        return refuse(format!(
                            "look {number} is for {candidate} of iteration {at}, whose record names another or none"
                        ));
                    }
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

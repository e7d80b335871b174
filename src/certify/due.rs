//! Whether a look at the holdout is due, and if not, what is missing.

use std::fmt;

use super::inference::deflated;
use super::{level, weigh};
use crate::program::Settings;
use crate::state::ledger::{EpochSpan, Look};
use crate::state::{HOLDOUT_LOOKS, Label, Record, State};
use crate::stats::Undefined;

/// Why no look is due.
#[derive(Debug, Clone, PartialEq)]
pub enum NotDue {
    /// `[certify] looks = false`
    Off,
    /// Nothing was evaluated yet, or the epoch has no holdout.
    NoHoldout,
    /// The incumbent was looked at, with this label as the outcome.
    LookedAt(Label),
    /// All looks are spent.
    Retired,
    /// Rules were chosen by bars of the holdout in this epoch.
    Spoiled(String),
    /// The incumbent may yet be beaten: so many iterations more.
    Patience(u64),
    /// Not better for its risk than buy-and-hold.
    BelowBenchmark,
    /// Its deflated Sharpe ratio is too low.
    Dsr {
        /// What it is.
        dsr: f64,
        /// What earns a look.
        earns: f64,
    },
    /// There is no deflated Sharpe ratio.
    Insufficient(&'static str),
}

impl fmt::Display for NotDue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("looks are switched off ([certify] looks)"),
            Self::NoHoldout => f.write_str("there is no holdout"),
            Self::LookedAt(Label::Search) => f.write_str("the incumbent failed its look"),
            Self::LookedAt(_) => f.write_str("the incumbent passed its look"),
            Self::Retired => {
                f.write_str("the holdout is retired; bars that come after it can make another one")
            }
            Self::Spoiled(epoch) => write!(f, "epoch {epoch} developed on bars of this holdout"),
            Self::Patience(more) => {
                write!(f, "the incumbent has to stand for {more} iterations more")
            }
            Self::BelowBenchmark => f.write_str("the incumbent isn't better than buy-and-hold"),
            Self::Dsr { dsr, earns } => write!(f, "DSR {dsr:.2}, and {earns} earns a look"),
            Self::Insufficient(reason) => write!(f, "the evidence is insufficient ({reason})"),
        }
    }
}

/// The look that is due, to be written down before it is taken; `at` is when, ISO-8601 UTC.
///
/// # Errors
/// What is missing.
pub fn due(state: &State, settings: &Settings, at: &str) -> Result<Look, NotDue> {
    if !settings.certify.looks {
        return Err(NotDue::Off);
    }
    let status = state.status().ok_or(NotDue::NoHoldout)?;
    let ledger = state.ledger();
    let span = ledger.epoch().filter(|span| span.epoch == status.epoch);
    let span = span.filter(|span| span.holdout.is_some()).ok_or(NotDue::NoHoldout)?;
    let candidate = &status.incumbent.hash;
    let spent = ledger.looks(span);
    if spent.iter().any(|(look, _)| look.candidate == *candidate) {
        return Err(NotDue::LookedAt(ledger.label(candidate)));
    }
    if spent.len() as u64 >= HOLDOUT_LOOKS {
        return Err(NotDue::Retired);
    }
    if let Some(other) = ledger.spoiled_by(span) {
        return Err(NotDue::Spoiled(other.epoch.clone()));
    }
    let record = state.history().records().get(status.incumbent.iteration as usize);
    if settings.gates.benchmark && record.is_some_and(|record| is_below_benchmark(record)) {
        return Err(NotDue::BelowBenchmark);
    }
    let stood = status.iteration.saturating_sub(status.plateau.since);
    if stood < settings.certify.patience {
        return Err(NotDue::Patience(settings.certify.patience - stood));
    }
    let look = earned(state, span, candidate, settings.certify.min_dsr)?;
    let number = spent.len() as u64 + 1;
    let iteration = status.incumbent.iteration;
    Ok(Look { look: number, iteration, level: level(number), at: at.to_owned(), ..look })
}

/// A look with what earns it.
fn earned(state: &State, span: &EpochSpan, candidate: &str, earns: f64) -> Result<Look, NotDue> {
    let trial = state.ledger().trial(&span.epoch, candidate);
    let trial = trial.ok_or(NotDue::Insufficient("the incumbent has no trial"))?;
    let tried = state.ledger().tried(span);
    let dsr = deflated(trial, &tried).map_err(|Undefined(reason)| NotDue::Insufficient(reason))?;
    if dsr < earns {
        return Err(NotDue::Dsr { dsr, earns });
    }
    // What takes long comes last: this is asked after every iteration.
    let inference = weigh(trial, &tried, span.bars_per_year);
    Ok(Look {
        look: 0,
        iteration: 0,
        candidate: candidate.to_owned(),
        epoch: span.epoch.clone(),
        level: 0.0,
        trials: tried.trials,
        dsr,
        pbo: inference.pbo.ok(),
        at: String::new(),
    })
}

/// Whether an incumbent is known not to be better for its risk than the market.
fn is_below_benchmark(record: &Record) -> bool {
    let own = record.out_of_sample.as_ref().and_then(|metrics| metrics.get("sharpe"));
    let market = record.benchmark.as_ref().and_then(|market| market.out_of_sample.sharpe);
    own.zip(market).is_some_and(|(own, market)| own <= market)
}

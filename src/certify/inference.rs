//! What the number of trials makes of the best of them.

use crate::state::ledger::{Trial, Tried};
use crate::state::{Label, LuckSummary};
use crate::stats::luck::{FEWEST_BARS, FEWEST_TRIALS, Luck, variance_across};
use crate::stats::pbo::pbo;
use crate::stats::sharpe::SharpeEstimate;
use crate::stats::{Matrix, Undefined, Value};

/// Blocks of the cross-validation behind PBO: 252 combinations, of some 25 cells of a row each.
const PBO_BLOCKS: usize = 10;

/// What the number of trials makes of one of them. Each number says why where it has none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inference {
    /// What luck alone would show.
    pub luck: Luck,
    /// Deflated Sharpe ratio of the trial.
    pub dsr: Value,
    /// Probability of backtest overfitting, of all trials of the epoch.
    pub pbo: Value,
}

/// Weighs a trial among all that were tried on its bars, itself included.
pub fn weigh(trial: &Trial, tried: &Tried, bars_per_year: f64) -> Inference {
    let bars = trial.bars as usize;
    let variance = variance_across(&tried.sharpes, bars);
    Inference {
        luck: Luck::of(tried.trials, bars, variance, bars_per_year),
        dsr: deflated_by(trial, tried.trials, variance),
        pbo: overfitting(tried),
    }
}

/// The deflated Sharpe ratio of a trial among all that were tried on its bars.
pub(super) fn deflated(trial: &Trial, tried: &Tried) -> Value {
    let variance = variance_across(&tried.sharpes, trial.bars as usize);
    deflated_by(trial, tried.trials, variance)
}

fn deflated_by(trial: &Trial, trials: u64, variance: f64) -> Value {
    if trials < FEWEST_TRIALS {
        return Err(Undefined("fewer than 10 trials"));
    }
    if (trial.bars as usize) < FEWEST_BARS {
        return Err(Undefined("fewer than 250 bars"));
    }
    let (Some(sr), Some(skew), Some(kurtosis)) = (trial.sharpe, trial.skew, trial.kurtosis) else {
        return Err(Undefined("returns don't vary"));
    };
    SharpeEstimate { sr, n: trial.bars as usize, skew, kurtosis }.dsr(trials, variance)
}

/// From the compacted returns: sums over neighbouring bars to 8 bits.
fn overfitting(tried: &Tried) -> Value {
    if (tried.rows.len() as u64) < FEWEST_TRIALS {
        return Err(Undefined("fewer than 10 trials in this epoch"));
    }
    let columns: Vec<Vec<f64>> = tried.rows.iter().filter_map(|row| row.returns()).collect();
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let matrix = Matrix::from_columns(&columns).map_err(|_| Undefined("no common bars"))?;
    let found = pbo(&matrix, PBO_BLOCKS).map_err(|_| Undefined("too few bars"))?;
    Ok(found.pbo())
}

impl Inference {
    /// As records have it, with what may be claimed and the looks that were used.
    pub fn summary(&self, label: Label, looks: u64) -> LuckSummary {
        LuckSummary {
            label,
            looks,
            trials: self.luck.trials,
            sharpe: self.luck.annual_sharpe.ok(),
            dsr: self.dsr.ok(),
            pbo: self.pbo.ok(),
        }
    }
}

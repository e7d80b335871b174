//! How many independent trials there really were: a hundred tweaks of one idea are not a hundred
//! ideas.
//!
//! Two counts beside the plain one. Neither replaces it in a gate: both come from the returns of
//! what was tried, and a search could lower them by trying more of the same.
//!
//! - [`by_mean_correlation`]: ρ + (1 - ρ) N (Bailey and López de Prado, "The Deflated Sharpe Ratio",
//!   2014, appendix A.3). Cautious: it stays near N unless nearly everything is alike.
//! - [`clusters`]: groups of trials with like returns, as López de Prado and Lewis do ("Detection of
//!   False Investment Strategies Using Unsupervised Learning Methods", 2019). Their k-means starts at
//!   random; here it is average linkage on the correlation (Sokal and Michener 1958), cut where groups
//!   correlate less than a threshold, so that the same trials always make the same groups.

use rayon::prelude::*;
use thiserror::Error;

use super::sample::dot;
use super::{Matrix, deviations, is_constant, mean};

/// Groups that correlate at least so much on average are one, unless somebody says otherwise.
pub const THRESHOLD: f64 = 0.5;

/// The most trials: their correlations take 8 bytes a pair.
pub const MOST_TRIALS: usize = 5_000;

/// More trials than [`MOST_TRIALS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{trials} trials; correlations of more than {MOST_TRIALS} don't fit into memory")]
pub struct TooManyTrials {
    /// Trials of the matrix.
    pub trials: usize,
}

/// Correlations between all trials.
///
/// Trials that don't vary correlate with one another by 1 (none of them does anything) and with all
/// others by 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlations {
    trials: usize,
    /// ρ of (i, j) with i > j, at i (i - 1) / 2 + j.
    below_diagonal: Vec<f64>,
}

impl Correlations {
    /// Pearson's correlations between the columns of `matrix`.
    ///
    /// # Errors
    ///
    /// [`TooManyTrials`].
    pub fn of(matrix: &Matrix) -> Result<Self, TooManyTrials> {
        let trials = matrix.trials();
        if trials > MOST_TRIALS {
            return Err(TooManyTrials { trials });
        }
        let columns: Vec<Option<Vec<f64>>> =
            (0..trials).into_par_iter().map(|trial| standardised(&matrix.column(trial))).collect();
        let row = |i: usize| -> Vec<f64> {
            columns[..i]
                .iter()
                .map(|other| correlation(columns[i].as_deref(), other.as_deref()))
                .collect()
        };
        let rows: Vec<Vec<f64>> = (0..trials).into_par_iter().map(row).collect();
        Ok(Self { trials, below_diagonal: rows.concat() })
    }

    /// The mean over all pairs; 0 for a single trial.
    pub fn mean(&self) -> f64 {
        if self.below_diagonal.is_empty() { 0.0 } else { mean(&self.below_diagonal) }
    }

    fn at(&self, i: usize, j: usize) -> usize {
        let (low, high) = (i.min(j), i.max(j));
        high * (high - 1) / 2 + low
    }
}

/// The column with mean 0 and sum of squares 1; `None` if it doesn't vary.
fn standardised(column: &[f64]) -> Option<Vec<f64>> {
    if is_constant(column) {
        return None;
    }
    let (mut values, _) = deviations(column);
    let length = values.iter().map(|v| v * v).sum::<f64>().sqrt();
    for value in &mut values {
        *value /= length;
    }
    Some(values)
}

fn correlation(one: Option<&[f64]>, other: Option<&[f64]>) -> f64 {
    match (one, other) {
        (Some(one), Some(other)) => dot(one, other).clamp(-1.0, 1.0),
        (None, None) => 1.0,
        _ => 0.0,
    }
}

/// ρ + (1 - ρ) `trials`, from the mean correlation ρ between pairs of trials.
pub fn by_mean_correlation(mean_correlation: f64, trials: u64) -> f64 {
    mean_correlation + (1.0 - mean_correlation) * trials as f64
}

/// The group of each trial, numbered from 0 in the order of their first trials. Groups are joined,
/// the closest first, while two of them have a mean correlation of `threshold` or more between the
/// members of one and those of the other.
pub fn clusters(mut correlations: Correlations, threshold: f64) -> Vec<usize> {
    let trials = correlations.trials;
    let mut sizes = vec![1_usize; trials];
    let mut group: Vec<usize> = (0..trials).collect();
    // A chain of nearest neighbours (Benzécri 1982; Müllner 2011): two that are each other's
    // nearest are joined, whatever else there is, and the tree comes out the same in N² steps
    // instead of N³.
    let mut chain: Vec<usize> = Vec::new();
    for _ in 1..trials {
        if chain.is_empty() {
            chain.extend(sizes.iter().position(|size| *size > 0));
        }
        while let Some(&tip) = chain.last() {
            let before = chain.len().checked_sub(2).map(|at| chain[at]);
            let Some((nearest, correlation)) = nearest(&correlations, &sizes, tip, before) else {
                break;
            };
            if Some(nearest) != before {
                chain.push(nearest);
                continue;
            }
            chain.truncate(chain.len() - 2);
            let (kept, gone) = (tip.min(nearest), tip.max(nearest));
            // Mean correlations only fall from a join to those above it: whatever is joined here is
            // joined below the threshold's cut as well.
            if correlation >= threshold {
                let from = group[gone];
                let to = group[kept];
                group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
            }
            join(&mut correlations, &mut sizes, kept, gone);
            break;
        }
    }
    numbered(&group)
}

/// The group nearest to `tip`, with its mean correlation: of equals the one `before` it in the
/// chain, so that the chain ends, else the first.
fn nearest(
    correlations: &Correlations,
    sizes: &[usize],
    tip: usize,
    before: Option<usize>,
) -> Option<(usize, f64)> {
    let to = |other: usize| (other, correlations.below_diagonal[correlations.at(tip, other)]);
    let mut best = before.map(to);
    for other in (0..sizes.len()).filter(|other| *other != tip && sizes[*other] > 0) {
        let (_, correlation) = to(other);
        if best.is_none_or(|(_, highest)| correlation > highest) {
            best = Some((other, correlation));
        }
    }
    best
}

/// Makes one group of two: its correlations are the means over its members.
fn join(correlations: &mut Correlations, sizes: &mut [usize], kept: usize, gone: usize) {
    let (a, b) = (sizes[kept] as f64, sizes[gone] as f64);
    for other in (0..sizes.len()).filter(|other| *other != kept && *other != gone) {
        if sizes[other] > 0 {
            let (to, from) = (correlations.at(kept, other), correlations.at(gone, other));
            let cells = &mut correlations.below_diagonal;
            cells[to] = (a * cells[to] + b * cells[from]) / (a + b);
        }
    }
    sizes[kept] += sizes[gone];
    sizes[gone] = 0;
}

/// Group names as numbers from 0, in the order in which they first appear.
fn numbered(group: &[usize]) -> Vec<usize> {
    let mut names: Vec<Option<usize>> = vec![None; group.len()];
    let mut count = 0;
    let number = |name: &usize| {
        *names[*name].get_or_insert_with(|| {
            count += 1;
            count - 1
        })
    };
    group.iter().map(number).collect()
}

//! Does the timing of a strategy matter? Its returns against those of its positions in random order
//! (Fisher's permutation test; for trading rules: Masters, *Permutation and Randomization Tests for
//! Trading System Development*, 2020).
//!
//! A position held at random has the same exposure to the market's own rise, so that what is tested
//! is when, not whether.

use rayon::prelude::*;
use thiserror::Error;

use super::resample::{MOST_REPLICATIONS, SplitMix64};
use super::spa::PValue;

/// Why there is no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PermutationError {
    /// Not one position for each return, or none at all.
    #[error(
        "{positions} positions for {returns} returns; there has to be one each, and one at least"
    )]
    Lengths {
        /// Positions given.
        positions: usize,
        /// Returns given.
        returns: usize,
    },
    /// None, or more than anyone needs.
    #[error("{replications} replications; there have to be from 1 to {MOST_REPLICATIONS}")]
    Replications {
        /// What was given.
        replications: usize,
    },
}

/// The result of a permutation test.
#[derive(Debug, Clone, PartialEq)]
pub struct Permutation {
    /// Mean of position times return.
    pub observed: f64,
    /// The same for each replication.
    pub permuted: Vec<f64>,
    /// Replications at least as good as what was observed.
    pub exceed: usize,
    /// Share of these; `plus_one` is the test's p-value.
    pub p: PValue,
}

/// Puts `positions` in random order `replications` times; `returns[i]` is what the market did while
/// `positions[i]` was held. All replications draw from one `splitmix64` stream, each starts from
/// the original order (Fisher and Yates, from the last place down).
///
/// # Errors
///
/// [`PermutationError`] for inputs of unequal length, or no replications.
pub fn permutation_test(
    positions: &[f64],
    returns: &[f64],
    replications: usize,
    seed: u64,
) -> Result<Permutation, PermutationError> {
    let n = positions.len();
    if n == 0 || n != returns.len() {
        return Err(PermutationError::Lengths { positions: n, returns: returns.len() });
    }
    if replications == 0 || replications > MOST_REPLICATIONS {
        return Err(PermutationError::Replications { replications });
    }
    let earned = |positions: &[f64]| {
        let sum: f64 = positions.iter().zip(returns).map(|(position, r)| position * r).sum();
        sum / n as f64
    };
    let replicate = |shuffled: &mut Vec<f64>, replication: usize| {
        let mut stream = SplitMix64::new(seed);
        stream.skip(replication as u64 * (n as u64 - 1));
        shuffled.clear();
        shuffled.extend_from_slice(positions);
        for last in (1..n).rev() {
            shuffled.swap(last, stream.index(last + 1));
        }
        earned(shuffled)
    };
    let observed = earned(positions);
    let permuted: Vec<f64> =
        (0..replications).into_par_iter().map_init(Vec::new, replicate).collect();
    // An order that earns the same may sum to a hair less.
    let sizes = positions.iter().zip(returns).map(|(position, r)| (position * r).abs());
    let tie = observed - 1e-12 * sizes.fold(0.0, f64::max);
    let exceed = permuted.iter().filter(|mean| **mean >= tie).count();
    Ok(Permutation { observed, permuted, exceed, p: PValue::of(exceed, replications) })
}

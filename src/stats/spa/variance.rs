//! The long-run variance that belongs to the stationary bootstrap.

use rayon::prelude::*;

use super::Matrix;
use crate::stats::sample::dot;
use crate::stats::{is_constant, mean};

/// Weights below this don't change a sum in 53 bits, whatever the number of lags.
const NEGLIGIBLE: f64 = 1e-22;

/// v = γ_0 + 2 Σ_(i=1..T-1) κ_i γ_i for each trial, with the autocovariances γ_i (divisor T) and
/// κ_i = (1 - i/T)(1 - p)^i + (i/T)(1 - p)^(T - i), p = 1 / `mean_block`: the variance of √T times
/// the mean of a stationary bootstrap replication (Politis and Romano 1994, lemma 1). 0 for a trial
/// that doesn't vary.
pub fn long_run_variances(d: &Matrix, mean_block: f64) -> Vec<f64> {
    let weights = weights(d.bars(), mean_block);
    let variance = |trial: usize| {
        let mut values = d.column(trial);
        if is_constant(&values) {
            return 0.0;
        }
        let mean = mean(&values);
        for value in &mut values {
            *value -= mean;
        }
        let lagged = |lag: usize| dot(&values[..values.len() - lag], &values[lag..]);
        let weighted: f64 = weights.iter().map(|(lag, weight)| 2.0 * weight * lagged(*lag)).sum();
        ((lagged(0) + weighted) / values.len() as f64).max(0.0)
    };
    (0..d.trials()).into_par_iter().map(variance).collect()
}

/// Lags with their weights: both ends of the series, as the bootstrap wraps around.
fn weights(bars: usize, mean_block: f64) -> Vec<(usize, f64)> {
    let (n, stay) = (bars as f64, 1.0 - 1.0 / mean_block);
    let weight = |lag: usize| {
        let i = lag as f64;
        (1.0 - i / n) * libm::pow(stay, i) + i / n * libm::pow(stay, n - i)
    };
    let all = (1..bars).map(|lag| (lag, weight(lag)));
    all.filter(|(_, weight)| *weight >= NEGLIGIBLE).collect()
}

//! VIF, the variance inflation factor: smoothed marks can't raise the Sharpe ratio.

use crate::stats::serial::lagged_sum;
use crate::stats::{deviations, is_constant};

/// VIF = max(1, 1 + 2 Σ_{k=1..q} (1 - k/(q+1)) ρ_k), q = min(⌈T^(1/3)⌉, T-1), at least 1.
///
/// The factor by which autocorrelation ρ inflates the variance of a mean of T returns, with Bartlett's
/// weights (Newey and West 1987); ρ_k has the full-sample mean and the sum over all T squares in its
/// denominator. Negative autocorrelation earns nothing: the factor isn't below 1. It is 1 for fewer
/// than two returns or for constant ones.
pub fn vif(returns: &[f64]) -> f64 {
    if is_constant(returns) {
        return 1.0;
    }
    let (deviations, _) = deviations(returns);
    let variance = lagged_sum(&deviations, 0);
    let lags = ceil_cube_root(deviations.len()).min(deviations.len() - 1);
    let mut weighted = 0.0;
    for lag in 1..=lags {
        let covariance = lagged_sum(&deviations, lag);
        weighted += (1.0 - lag as f64 / (lags + 1) as f64) * (covariance / variance);
    }
    (1.0 + 2.0 * weighted).max(1.0)
}

/// The smallest q with q³ >= `n`. In whole numbers: in floats 64^(1/3) can come out as
/// 3.9999999999999996 or a hair above 4, and the lag count would hang on it.
fn ceil_cube_root(n: usize) -> usize {
    let mut root = 0_usize;
    while root.saturating_pow(3) < n {
        root += 1;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::ceil_cube_root;

    #[test]
    fn cube_roots_of_cubes_and_of_their_neighbours() {
        assert_eq!([0, 1, 2, 8, 9].map(ceil_cube_root), [0, 1, 2, 2, 3]);
        for root in 2..60_usize {
            let cube = root.pow(3);
            assert_eq!([cube - 1, cube, cube + 1].map(ceil_cube_root), [root, root, root + 1]);
        }
    }
}

//! Shrinkage: an estimate within its own error counts for little.

/// x · x² / (x² + error²): near x far outside the `error`, near nothing within it; odd and
/// non-decreasing in `x`. SR_s is the annual Sharpe ratio with its standard error, e_s the edge ratio
/// with error 1/√N_eff.
pub fn shrink(x: f64, error: f64) -> f64 {
    if x.abs() > 0.0 {
        // The same fraction, reduced by x² so that no square overflows on its own.
        let relative = error / x;
        x / (1.0 + relative * relative)
    } else {
        0.0
    }
}

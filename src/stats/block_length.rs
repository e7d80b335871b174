//! How long a block of the bootstrap should be (Politis and White, "Automatic Block-Length
//! Selection for the Dependent Bootstrap", 2004, as corrected by Patton, Politis and White in
//! 2009).

use super::serial::lagged_sum;
use super::{Undefined, Value, deviations, finite, is_constant};

/// Mean block lengths that minimise the mean squared error of the variance of a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockLength {
    /// For the stationary bootstrap. May be below 1: then single bars will do.
    pub stationary: f64,
    /// For the circular block bootstrap.
    pub circular: f64,
}

/// The optimal mean block length for resampling finite `values`, at most min(3 √T, T/3) rounded up.
///
/// The autocorrelations decide how far dependence reaches: up to the lag after which max(5, ⌊log10
/// T⌋) in a row are within ±2 √(log10 T / T).
///
/// # Errors
///
/// [`Undefined`] for fewer than 20 values, or values that don't vary.
pub fn optimal_block_length(values: &[f64]) -> Result<BlockLength, Undefined> {
    if values.len() < 20 {
        return Err(Undefined("fewer than 20 returns"));
    }
    if is_constant(values) {
        return Err(Undefined("returns don't vary"));
    }
    let n = values.len() as f64;
    let (deviations, _) = deviations(values);
    let covariances = relevant_autocovariances(&deviations);
    let reach = (covariances.len() - 1) as f64;
    let (mut g, mut variance) = (0.0, covariances[0]);
    for (lag, covariance) in covariances.iter().enumerate().skip(1) {
        let lag = lag as f64;
        // The flat-top window of Politis and Romano (1995).
        let weight = (2.0 * (1.0 - lag / reach)).min(1.0);
        g += 2.0 * weight * lag * covariance;
        variance += 2.0 * weight * covariance;
    }
    let most = (3.0 * n.sqrt()).min(n / 3.0).ceil();
    let length = |factor: f64| -> Value {
        let length = libm::cbrt(2.0 * g * g / (factor * variance * variance) * n).min(most);
        finite(length)
    };
    Ok(BlockLength { stationary: length(2.0)?, circular: length(4.0 / 3.0)? })
}

/// Autocovariances (divisor T) from lag 0 to twice the lag up to which they matter.
fn relevant_autocovariances(deviations: &[f64]) -> Vec<f64> {
    let count = deviations.len();
    let n = count as f64;
    let in_a_row = (n.log10() as usize).max(5);
    let most = (n.sqrt().ceil() as usize + in_a_row).min(count - 2);
    let bound = 2.0 * (n.log10() / n).sqrt();
    let mut covariances = Vec::with_capacity(most + 1);
    let mut quiet = 0;
    let mut reach = None;
    for lag in 0..=most {
        let covariance = lagged_sum(deviations, lag);
        covariances.push(covariance / n);
        // Not divided by the full sum of squares: by those of the parts that lie `lag` + 1 apart.
        let square = |values: &[f64]| values.iter().map(|d| d * d).sum::<f64>();
        let scale = square(&deviations[lag + 1..]) * square(&deviations[..count - lag - 1]);
        if lag >= in_a_row && quiet >= in_a_row && reach.is_none() {
            reach = Some(lag - in_a_row);
        }
        quiet = if covariance.abs() / scale.sqrt() < bound { quiet + 1 } else { 0 };
    }
    let reach = reach.map_or(most, |lag| (2 * lag.max(1)).min(most));
    covariances.truncate(reach + 1);
    covariances
}

//! Bootstrap intervals for the Sharpe ratio and the maximum drawdown of a series of returns.

use super::drawdown::max_drawdown;
use super::resample::Bootstrap;
use super::{Undefined, deviation, is_constant, mean, quantile, sorted};

/// A figure and how it varies over replications (percentile intervals, type 7 quantiles).
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// The figure of the series itself.
    pub observed: f64,
    /// The figure of each replication, in rising order.
    pub replications: Vec<f64>,
}

impl Interval {
    fn of(observed: f64, replications: &[f64]) -> Self {
        Self { observed, replications: sorted(replications) }
    }

    /// The quantile `q` of the replications.
    pub fn quantile(&self, q: f64) -> f64 {
        quantile(&self.replications, q)
    }

    /// Standard deviation (ddof 1) of the replications: the standard error of the figure. 0 for one
    /// replication.
    pub fn standard_error(&self) -> f64 {
        if self.replications.len() < 2 { 0.0 } else { deviation(&self.replications) }
    }

    /// The share of replications at or below `bound`.
    pub fn share_at_most(&self, bound: f64) -> f64 {
        let count = self.replications.partition_point(|value| *value <= bound);
        count as f64 / self.replications.len() as f64
    }
}

/// Intervals from one and the same replications.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// Sharpe ratio per bar. A replication whose returns don't vary counts as 0.
    pub sharpe: Interval,
    /// Maximum drawdown as a positive fraction, 1 at ruin.
    pub max_drawdown: Interval,
}

/// Resamples finite `returns`.
///
/// # Errors
///
/// [`Undefined`] for fewer than two returns, or returns that don't vary.
pub fn intervals(returns: &[f64], bootstrap: &Bootstrap) -> Result<Intervals, Undefined> {
    if returns.len() < 2 {
        return Err(Undefined("fewer than two returns"));
    }
    if is_constant(returns) {
        return Err(Undefined("returns don't vary"));
    }
    let measure = |indices: &[usize]| {
        let replication: Vec<f64> = indices.iter().map(|index| returns[*index]).collect();
        (sharpe_or_zero(&replication), max_drawdown(&replication))
    };
    let (sharpes, drawdowns): (Vec<f64>, Vec<f64>) =
        bootstrap.map(returns.len(), measure).into_iter().unzip();
    Ok(Intervals {
        sharpe: Interval::of(sharpe_or_zero(returns), &sharpes),
        max_drawdown: Interval::of(max_drawdown(returns), &drawdowns),
    })
}

/// Mean over deviation, 0 for returns that don't vary.
fn sharpe_or_zero(returns: &[f64]) -> f64 {
    if is_constant(returns) {
        return 0.0;
    }
    let sharpe = mean(returns) / deviation(returns);
    if sharpe.is_finite() { sharpe } else { 0.0 }
}

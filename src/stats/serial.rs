//! Does a return depend on those before it? Autocorrelation, and what it does to a Sharpe ratio.

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::{Undefined, Value, deviations, finite, is_constant};

const NO_VARIANCE: Undefined = Undefined("negative autocorrelation leaves no variance");

/// Σ x_t x_(t+lag), from the first on.
pub fn lagged_sum(values: &[f64], lag: usize) -> f64 {
    values.iter().zip(&values[lag.min(values.len())..]).map(|(a, b)| a * b).sum()
}

/// Autocorrelations of a series, its mean and divisor those of the full sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Autocorrelation {
    /// Number of returns.
    count: usize,
    mean: f64,
    /// Mean square deviation.
    variance: f64,
    /// ρ_1, ρ_2, …
    rho: Vec<f64>,
}

impl Autocorrelation {
    /// ρ_1 to ρ_`lags` of finite `returns`.
    ///
    /// # Errors
    ///
    /// [`Undefined`] where there aren't more returns than `lags`, or they don't vary.
    pub fn of(returns: &[f64], lags: usize) -> Result<Self, Undefined> {
        if returns.len() <= lags {
            return Err(Undefined("no more returns than lags"));
        }
        if is_constant(returns) {
            return Err(Undefined("returns don't vary"));
        }
        let (deviations, mean) = deviations(returns);
        let squares = lagged_sum(&deviations, 0);
        let rho = (1..=lags).map(|lag| lagged_sum(&deviations, lag) / squares).collect();
        let count = returns.len();
        Ok(Self { count, mean, variance: squares / count as f64, rho })
    }

    /// ρ_1, ρ_2, …
    pub fn rho(&self) -> &[f64] {
        &self.rho
    }

    /// Ljung and Box's Q = T (T + 2) Σ ρ_k² / (T - k) over all lags (1978), and the probability of
    /// a larger one if there were no autocorrelation (chi-square with as many degrees of freedom as
    /// lags).
    pub fn ljung_box(&self) -> (f64, Value) {
        let n = self.count as f64;
        let lags = self.rho.iter().zip(1..);
        let sum: f64 = lags.map(|(rho, lag)| rho * rho / (n - f64::from(lag))).sum();
        let q = n * (n + 2.0) * sum;
        let chi_square = ChiSquared::new(self.rho.len() as f64);
        let tail = chi_square.map(|chi_square| chi_square.sf(q));
        (q, tail.map_err(|_| Undefined("no lags")))
    }

    /// Lo's η(q) = q / √(q + 2 Σ_(k<q) (q - k) ρ_k) with q one more than the lags: what turns a
    /// Sharpe ratio per bar into one over q bars ("The Statistics of Sharpe Ratios", 2002). √q
    /// without autocorrelation.
    ///
    /// # Errors
    ///
    /// [`Undefined`] where the variance over q bars comes out as 0 or below.
    pub fn lo_eta(&self) -> Value {
        let q = self.rho.len() as f64 + 1.0;
        let lags = self.rho.iter().zip(1..);
        let sum: f64 = lags.map(|(rho, lag)| (q - f64::from(lag)) * rho).sum();
        let variance = q + 2.0 * sum;
        if variance > 0.0 { finite(q / variance.sqrt()) } else { Err(NO_VARIANCE) }
    }

    /// The t-statistic of the mean with the standard error of Newey and West (1987): Bartlett
    /// weights over all lags, divisor T, no correction for small samples.
    ///
    /// # Errors
    ///
    /// [`Undefined`] where the long-run variance comes out as 0 by rounding.
    pub fn newey_west_t(&self) -> Value {
        let lags = self.rho.len() as f64;
        let weighted = self.rho.iter().zip(1..);
        let sum: f64 = weighted.map(|(rho, k)| (1.0 - f64::from(k) / (lags + 1.0)) * rho).sum();
        let variance = self.variance * (1.0 + 2.0 * sum);
        if variance > 0.0 {
            finite(self.mean / (variance / self.count as f64).sqrt())
        } else {
            Err(NO_VARIANCE)
        }
    }
}

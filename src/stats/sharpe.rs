//! Is a Sharpe ratio evidence? Probabilistic and deflated Sharpe ratio, minimum lengths.
//!
//! All Sharpe ratios are per observation (not annualised), kurtosis is raw. Sources: Bailey and
//! López de Prado, "The Sharpe Ratio Efficient Frontier" (2012) for PSR and the minimum track
//! record; "The Deflated Sharpe Ratio" (2014) for the expected maximum and DSR; Bailey, Borwein,
//! López de Prado and Zhu, "Pseudo-Mathematics and Financial Charlatanism" (2014) for the minimum
//! backtest length.

use std::f64::consts::E;

use super::{Moments, Undefined, Value, finite, is_constant, normal};

/// Euler's constant γ.
const EULER: f64 = 0.577_215_664_901_532_9;

/// A Sharpe ratio, and what its standard error depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharpeEstimate {
    /// Mean over standard deviation (ddof 1), per observation.
    pub sr: f64,
    /// Number of observations.
    pub n: usize,
    /// Biased skew g1 of the returns.
    pub skew: f64,
    /// Biased raw kurtosis g2 of the returns: 3 for a normal.
    pub kurtosis: f64,
}

impl SharpeEstimate {
    /// The estimate from finite `returns`.
    ///
    /// # Errors
    ///
    /// [`Undefined`] for fewer than two returns, or returns that don't vary.
    pub fn of(returns: &[f64]) -> Result<Self, Undefined> {
        if returns.len() < 2 {
            return Err(Undefined("fewer than two returns"));
        }
        if is_constant(returns) {
            return Err(Undefined("returns don't vary"));
        }
        let Moments { count, mean_over_sd, skew, kurtosis, .. } = Moments::of(returns);
        Ok(Self { sr: finite(mean_over_sd)?, n: count, skew, kurtosis })
    }

    /// 1 - g1 sr + (g2 - 1)/4 sr²: the variance of the estimate times n (Mertens 2002).
    fn spread(&self) -> Value {
        let spread = 1.0 - self.skew * self.sr + (self.kurtosis - 1.0) / 4.0 * self.sr * self.sr;
        // Moments of real returns make it a square at least; moments that somebody typed may not.
        if spread > 0.0 {
            finite(spread)
        } else {
            Err(Undefined("these moments leave no variance"))
        }
    }

    /// PSR: the probability that the true Sharpe ratio is above `benchmark`,
    /// Φ((sr - benchmark) √(n - 1) / √(1 - g1 sr + (g2 - 1)/4 sr²)).
    ///
    /// # Errors
    ///
    /// [`Undefined`] for fewer than two observations, or moments that no returns have.
    pub fn psr(&self, benchmark: f64) -> Value {
        if self.n < 2 {
            return Err(Undefined("fewer than two returns"));
        }
        let z = (self.sr - benchmark) * ((self.n - 1) as f64).sqrt() / self.spread()?.sqrt();
        finite(normal::cdf(z))
    }

    /// DSR: the PSR against [`expected_max`] of `trials` whose Sharpe ratios have `variance`.
    ///
    /// # Errors
    ///
    /// As [`SharpeEstimate::psr`].
    pub fn dsr(&self, trials: u64, variance: f64) -> Value {
        self.psr(expected_max(trials, variance))
    }

    /// MinTRL: observations from which on PSR(`benchmark`) exceeds 1 - `alpha`, not rounded up:
    /// 1 + (1 - g1 sr + (g2 - 1)/4 sr²) (Φ⁻¹(1 - alpha) / (sr - benchmark))².
    ///
    /// # Errors
    ///
    /// [`Undefined`] where the Sharpe ratio isn't above the benchmark: no length is enough.
    pub fn min_track_record(&self, benchmark: f64, alpha: f64) -> Value {
        if self.sr <= benchmark {
            return Err(Undefined("not above the benchmark: no track record is long enough"));
        }
        let needed = normal::quantile(1.0 - alpha)? / (self.sr - benchmark);
        finite(1.0 + self.spread()? * needed * needed)
    }
}

/// The expected maximum of `trials` independent standard normals, by the False Strategy theorem:
/// (1 - γ) Φ⁻¹(1 - 1/N) + γ Φ⁻¹(1 - 1/(N e)). 0 for one trial (or none): nothing was selected.
pub fn expected_max_z(trials: u64) -> f64 {
    if trials < 2 {
        return 0.0;
    }
    let n = trials as f64;
    // Φ⁻¹(1 - p) = -Φ⁻¹(p), and 1 - p would round to 1 for very many trials.
    let quantile = |tail: f64| -normal::quantile(tail).unwrap_or(0.0);
    (1.0 - EULER) * quantile(1.0 / n) + EULER * quantile(1.0 / (n * E))
}

/// SR0: the Sharpe ratio that the best of `trials` without any skill is expected to show, where the
/// Sharpe ratios of the trials have `variance` (both per observation).
pub fn expected_max(trials: u64, variance: f64) -> f64 {
    variance.sqrt() * expected_max_z(trials)
}

/// MinBTL: years that a backtest must have so that the best of `trials` without skill isn't
/// expected to reach the annual Sharpe ratio `target`: (expected_max_z / target)².
///
/// # Errors
///
/// [`Undefined`] for a target that isn't above 0.
pub fn min_backtest_years(trials: u64, target: f64) -> Value {
    squared_ratio(expected_max_z(trials), target)
}

/// The simple upper bound of [`min_backtest_years`]: 2 ln N / target².
///
/// # Errors
///
/// As there.
pub fn min_backtest_years_bound(trials: u64, target: f64) -> Value {
    squared_ratio((2.0 * libm::log(trials.max(1) as f64)).sqrt(), target)
}

fn squared_ratio(numerator: f64, target: f64) -> Value {
    if target > 0.0 {
        finite((numerator / target) * (numerator / target))
    } else {
        Err(Undefined("the target isn't above 0"))
    }
}

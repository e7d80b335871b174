//! Moments of a series: mean, standard deviation, their ratio, skew, kurtosis.

use super::to_unit;

/// What a series looks like, in numbers that stay finite for every finite series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Number of values.
    pub count: usize,
    /// Mean. 0 for an empty series.
    pub mean: f64,
    /// Mean over standard deviation (ddof 1): the Sharpe ratio per bar with a risk-free rate of 0
    /// and no correction. 0 where the variance is zero or there are fewer than two values.
    pub mean_over_sd: f64,
    /// Standard deviation, ddof 1, at most [`f64::MAX`]. 0 for fewer than two values.
    pub sd: f64,
    /// g3, biased skew: third central moment over the second to the power 1.5. 0 without variance.
    pub skew: f64,
    /// g4, biased raw kurtosis (3 for a normal): fourth central moment over the square of the
    /// second. 3 without variance.
    pub kurtosis: f64,
}

impl Moments {
    /// Moments of finite `values`.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len();
        if is_constant(values) {
            let mean = values.first().copied().unwrap_or(0.0);
            return Self { count, mean, mean_over_sd: 0.0, sd: 0.0, skew: 0.0, kurtosis: 3.0 };
        }
        let (scaled, unit) = to_unit(values);
        let n = count as f64;
        let mean = scaled.iter().sum::<f64>() / n;
        let (mut second, mut third, mut fourth) = (0.0, 0.0, 0.0);
        for value in scaled {
            let deviation = value - mean;
            let square = deviation * deviation;
            second += square;
            third += square * deviation;
            fourth += square * square;
        }
        let sd = (second / (n - 1.0)).sqrt();
        let (second, third, fourth) = (second / n, third / n, fourth / n);
        Self {
            count,
            mean: mean * unit,
            mean_over_sd: mean / sd,
            sd: (sd * unit).min(f64::MAX),
            skew: third / (second * second.sqrt()),
            kurtosis: fourth / (second * second),
        }
    }
}

/// Whether all `values` are equal (or there is none).
///
/// Asked of the values, not of a computed variance: the mean of ten times 0.1 isn't 0.1, and a
/// deviation of one rounding error would read as a Sharpe ratio of 1e16.
pub fn is_constant(values: &[f64]) -> bool {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    lowest >= highest
}

//! The Sharpe ratio of a series of bar returns, and how far off it may be.

use super::vif::vif;
use crate::stats::Moments;

/// An annualised Sharpe ratio with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sharpe {
    /// SR = √A · sr, with sr = mean / sd / √VIF per bar, sd with ddof 1, simple returns, risk-free
    /// rate 0. 0 where the variance is zero.
    pub annual: f64,
    /// se, standard error of `annual`, above 0.
    pub standard_error: f64,
    /// VIF of the series.
    pub vif: f64,
    /// Annualised volatility, √A · sd, as a fraction; at most [`f64::MAX`].
    pub annual_vol: f64,
}

impl Sharpe {
    /// Measures finite `returns`; `None` for fewer than two, which have no standard error.
    pub fn of(returns: &[f64], bars_per_year: f64) -> Option<Self> {
        if returns.len() < 2 {
            return None;
        }
        let moments = Moments::of(returns);
        let vif = vif(returns);
        let per_bar = moments.mean_over_sd / vif.sqrt();
        let annual = bars_per_year.sqrt();
        Some(Self {
            annual: annual * per_bar,
            standard_error: annual * standard_error(per_bar, &moments),
            vif,
            annual_vol: (annual * moments.sd).min(f64::MAX),
        })
    }
}

/// √(V / (T - 1)) with V = max(1 + sr²/2, 1 - g3 sr + (g4 - 1)/4 sr²).
///
/// The right-hand side of V is the asymptotic variance for returns that aren't normal (Mertens 2002;
/// Opdyke 2007), the left-hand side the one for normal returns (Lo 2002). The latter is a floor:
/// otherwise one windfall, by its positive skew, would shrink the error of the mean it has raised.
fn standard_error(per_bar: f64, moments: &Moments) -> f64 {
    let square = per_bar * per_bar;
    let normal = 1.0 + square / 2.0;
    let skewed = 1.0 - moments.skew * per_bar + (moments.kurtosis - 1.0) / 4.0 * square;
    (normal.max(skewed) / (moments.count as f64 - 1.0)).sqrt()
}

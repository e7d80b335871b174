//! Drawdown: its shape, free of leverage.

use crate::program::ScoreSettings;

/// Maximum drawdown of the equity curve that compounds `gear` times each of `returns` from its first
/// bar on: the largest fall from a peak as a positive fraction of the peak, in [0, 1].
///
/// Ruin, a geared return of -1 or less, is a drawdown of 1 whatever comes after it. Ruin is a matter of
/// the curve: an account ruined by its leverage (M = 1) may have survived at gear (D < 1).
pub fn max_drawdown(returns: &[f64], gear: f64) -> f64 {
    // Equity over its peak so far: unlike equity itself it can't overflow.
    let mut level = 1.0_f64;
    let mut deepest = 0.0_f64;
    for value in returns {
        level = (level * (1.0 + gear * value)).min(1.0);
        if level <= 0.0 {
            return 1.0;
        }
        deepest = deepest.max(1.0 - level);
    }
    deepest
}

/// What takes returns of `annual_vol` to the target volatility, at most `max_gear`.
pub fn gear(annual_vol: f64, settings: &ScoreSettings) -> f64 {
    if annual_vol > 0.0 {
        (settings.vol_target / annual_vol).min(settings.max_gear)
    } else {
        settings.max_gear
    }
}

/// f_d = 1 / (1 + (D/d0)²), in (0, 1], from D, the maximum drawdown of the geared returns.
pub fn factor(geared_drawdown: f64, settings: &ScoreSettings) -> f64 {
    let relative = geared_drawdown / settings.d0;
    1.0 / (1.0 + relative * relative)
}

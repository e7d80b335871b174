//! Limit: extreme leverage, by the drawdown it really had.

use crate::program::ScoreSettings;

/// f_l = 1 / (1 + (M/dd_limit)^dd_power), in [0, 1], from M, the maximum drawdown of the returns as they
/// are, without gear. With the default scales about 1 below 30 %, one half at 50 %, 0.004 at ruin.
pub fn factor(raw_drawdown: f64, settings: &ScoreSettings) -> f64 {
    1.0 / (1.0 + (raw_drawdown / settings.dd_limit).powf(settings.dd_power))
}

//! Exposure: an account that hardly moves proves hardly anything.

use crate::program::ScoreSettings;

/// f_x = 1 / (1 + (vol_floor / annual volatility)²), in [0, 1]; 0 for an account that never moves.
pub fn factor(annual_vol: f64, settings: &ScoreSettings) -> f64 {
    if settings.vol_floor > 0.0 {
        let relative = settings.vol_floor / annual_vol;
        1.0 / (1.0 + relative * relative)
    } else {
        1.0
    }
}

//! Degradation: how far the Sharpe ratio falls from in-sample to out-of-sample.

use super::sharpe::Sharpe;
use crate::program::ScoreSettings;

/// z = (SR_in - SR) / √(se_in² + se²): the fall in standard errors of the difference; negative for a
/// rise.
pub fn z(in_sample: &Sharpe, out_of_sample: &Sharpe) -> f64 {
    let fall = in_sample.annual - out_of_sample.annual;
    fall / in_sample.standard_error.hypot(out_of_sample.standard_error)
}

/// f_g = 1 / (1 + (max(0, z - z_free)/z0)²), in (0, 1]: the first `z_free` standard errors are luck and
/// cost nothing. Without an in-sample series z is 0 and the factor 1.
pub fn factor(z: f64, settings: &ScoreSettings) -> f64 {
    let relative = (z - settings.z_free).max(0.0) / settings.z0;
    1.0 / (1.0 + relative * relative)
}

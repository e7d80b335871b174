//! What luck alone would show: the best of many trials without any skill looks good.

use super::sharpe::expected_max;
use super::{Undefined, Value, deviation, finite};

/// Fewer trials than this say too little about their own spread.
pub const FEWEST_TRIALS: u64 = 10;
/// Fewer bars than this say too little about a Sharpe ratio.
pub const FEWEST_BARS: usize = 250;

/// The expected best of a number of trials without skill.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Luck {
    /// Trials that were made.
    pub trials: u64,
    /// Annual Sharpe ratio that the best of them would be expected to show.
    pub annual_sharpe: Value,
}

impl Luck {
    /// The expected maximum Sharpe ratio of `trials` on `bars` out-of-sample bars, annualised by
    /// the square root of `bars_per_year`. `variance` is that of the trials' Sharpe ratios per bar,
    /// see [`variance_across`]. Undefined below [`FEWEST_TRIALS`] or [`FEWEST_BARS`].
    pub fn of(trials: u64, bars: usize, variance: f64, bars_per_year: f64) -> Self {
        let annual_sharpe = if trials < FEWEST_TRIALS {
            Err(Undefined("fewer than 10 trials"))
        } else if bars < FEWEST_BARS {
            Err(Undefined("fewer than 250 bars"))
        } else {
            finite(expected_max(trials, variance) * bars_per_year.sqrt())
        };
        Self { trials, annual_sharpe }
    }

    /// One sentence for a report.
    pub fn sentence(&self) -> String {
        let trials = self.trials;
        let plural = if trials == 1 { "trial" } else { "trials" };
        match self.annual_sharpe {
            Ok(sharpe) => format!(
                "After {trials} {plural} the best of pure luck would show an out-of-sample Sharpe of \
                 about {sharpe:.2}."
            ),
            Err(reason) => format!(
                "After {trials} {plural} the evidence is insufficient to say what pure luck would show \
                 ({reason})."
            ),
        }
    }
}

/// The variance (ddof 1) of the trials' Sharpe ratios per bar, and at least 1 / `bars`, which is
/// what the Sharpe ratios of trials without skill have by estimation error alone. That floor also
/// stands in where fewer than two trials have a Sharpe ratio. A search that tries small changes of
/// one strategy would otherwise show a variance near 0, and with it that nothing was selected.
pub fn variance_across(sharpes: &[f64], bars: usize) -> f64 {
    let floor = 1.0 / bars.max(1) as f64;
    if sharpes.len() < 2 {
        return floor;
    }
    let deviation = deviation(sharpes);
    (deviation * deviation).max(floor)
}

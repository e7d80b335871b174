//! Why there is no score: status `invalid` is an error, never a number.

use std::fmt;

use thiserror::Error;

use crate::program::ScoreSettings;

/// Where in the evidence a value stands. Indices count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A bar return of an out-of-sample fold.
    Fold {
        /// Which fold, in time order.
        fold: usize,
        /// Which bar of that fold.
        bar: usize,
    },
    /// The return of a trade.
    Trade {
        /// Which trade.
        trade: usize,
    },
    /// A bar return of the in-sample series.
    InSample {
        /// Which bar.
        bar: usize,
    },
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fold { fold, bar } => write!(f, "return {bar} of out-of-sample fold {fold}"),
            Self::Trade { trade } => write!(f, "the return of trade {trade}"),
            Self::InSample { bar } => write!(f, "in-sample return {bar}"),
        }
    }
}

/// Evidence or settings from which no score can be made.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ScoreError {
    /// NaN or infinity in the evidence.
    #[error(
        "no score: {input} (counting from 0) is {value}, but every return must be a finite number; \
         look for a price of zero or a missing price on that bar"
    )]
    NotFinite {
        /// Where it stands.
        input: Input,
        /// NaN or an infinity.
        value: f64,
    },
    /// Bars per year is NaN, infinite, zero or negative.
    #[error(
        "no score: {value} bars per year, but it must be a finite number above 0; \
         daily bars have about 252"
    )]
    BarsPerYear {
        /// What was given.
        value: f64,
    },
    /// A setting out of its range.
    #[error("no score: `score.{name} = {value}` must be {expected}; change it under [score]")]
    Setting {
        /// The key under `[score]`.
        name: &'static str,
        /// What was given.
        value: f64,
        /// The range, in words.
        expected: &'static str,
    },
}

/// Refuses settings outside of which the formula is undefined, unbounded or upside down.
///
/// # Errors
/// [`ScoreError::Setting`] names the first setting out of range.
pub(super) fn check_settings(s: &ScoreSettings) -> Result<(), ScoreError> {
    let above_zero = [
        ("s0", s.s0),
        ("e0", s.e0),
        ("vol_target", s.vol_target),
        ("max_gear", s.max_gear),
        ("d0", s.d0),
        ("z0", s.z0),
        ("dd_limit", s.dd_limit),
        ("dd_power", s.dd_power),
        ("cap", s.cap),
    ];
    let not_negative = [
        ("w_profit", s.w_profit),
        ("w_trade", s.w_trade),
        ("n0", s.n0),
        ("tail", s.tail),
        ("z_free", s.z_free),
        ("vol_floor", s.vol_floor),
        ("a_n", s.a_n),
        ("a_d", s.a_d),
        ("a_c", s.a_c),
        ("a_g", s.a_g),
        ("a_x", s.a_x),
        ("a_l", s.a_l),
    ];
    for (name, value) in above_zero {
        if !(value.is_finite() && value > 0.0) {
            return Err(ScoreError::Setting { name, value, expected: "finite and above 0" });
        }
    }
    for (name, value) in not_negative {
        if !(value.is_finite() && value >= 0.0) {
            return Err(ScoreError::Setting { name, value, expected: "finite and at least 0" });
        }
    }
    // Weights such as 0.7 and 0.3 may miss 1 by a rounding error.
    if s.w_profit + s.w_trade > 1.0 + 1e-12 {
        let expected = "at most 1 - score.w_profit, so that the score stays within -100 and 100";
        return Err(ScoreError::Setting { name: "w_trade", value: s.w_trade, expected });
    }
    Ok(())
}

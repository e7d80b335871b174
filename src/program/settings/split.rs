//! The settings of `[split]`: which bars are in-sample, out-of-sample and holdout.

use serde::{Deserialize, Serialize};

/// How bars are cut into spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitScheme {
    /// In-sample, then out-of-sample.
    Date,
    /// Out-of-sample folds one after the other, each with an in-sample part before it.
    WalkForward,
    /// Combinatorial purged cross-validation: every choice of some folds out-of-sample, the others in-sample.
    Cpcv,
}

/// `[split]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SplitSettings {
    /// The scheme.
    pub scheme: SplitScheme,
    /// First date (`YYYY-MM-DD`, UTC) of the out-of-sample span; empty: after `in_sample` of the bars.
    pub out_of_sample_from: String,
    /// First date (`YYYY-MM-DD`, UTC) of the holdout; empty: the last `holdout` of the bars.
    pub holdout_from: String,
    /// In-sample part of all bars that are not holdout, in [0, 1), when neither date nor bars are given; 0 only
    /// with cpcv.
    pub in_sample: f64,
    /// Bars of the in-sample span, and of each rolling in-sample part; 0: by date or part.
    pub in_sample_bars: usize,
    /// Holdout part of all bars, in [0, 0.9], when no date is given.
    pub holdout: f64,
    /// Bars of the holdout; 0: by date or part.
    pub holdout_bars: usize,
    /// The holdout has at least this many bars when no date is given (and `holdout` > 0).
    pub holdout_min_bars: usize,
    /// Number of consecutive in-sample folds, each an independent account.
    pub in_sample_folds: usize,
    /// Number of consecutive out-of-sample folds, each an independent account.
    pub folds: usize,
    /// Bars of each out-of-sample fold of a walk-forward; 0: `folds` of equal length.
    pub fold_bars: usize,
    /// Whether the in-sample parts of a walk-forward all begin at the first bar, instead of rolling.
    pub anchored: bool,
    /// Folds that are out-of-sample at once with cpcv.
    pub test_folds: usize,
    /// Bars left out of in-sample before an out-of-sample fold, and with cpcv after it as well.
    pub purge_bars: usize,
    /// Further bars left out between the spans; with cpcv after each out-of-sample fold.
    pub embargo_bars: usize,
    /// Whether parameters marked `fit = true` are chosen on each fold's in-sample part.
    pub fit: bool,
    /// Most combinations of such parameters that are tried.
    pub fit_trials: usize,
}

impl Default for SplitSettings {
    fn default() -> Self {
        Self {
            scheme: SplitScheme::Date,
            out_of_sample_from: String::new(),
            holdout_from: String::new(),
            in_sample: 0.5,
            in_sample_bars: 0,
            holdout: 0.2,
            holdout_bars: 0,
            holdout_min_bars: 250,
            in_sample_folds: 3,
            folds: 5,
            fold_bars: 0,
            anchored: false,
            test_folds: 2,
            purge_bars: 0,
            embargo_bars: 5,
            fit: true,
            fit_trials: 32,
        }
    }
}

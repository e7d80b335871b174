//! Splits of bars 0..n into in-sample and out-of-sample, as runs `[start, end)` of indices.
//!
//! Pure arithmetic on counts of bars: nothing here knows dates, prices, or what is done with a
//! split. The schemes:
//!
//! | scheme | in-sample | source |
//! |---|---|---|
//! | [`WalkForward`] | a window before each out-of-sample window | |
//! | [`Cpcv`] | all but some folds, for every choice of these | López de Prado 2018, chapter 12 |
//! | [`PurgedKFold`] | all folds but one, less what overlaps it | López de Prado 2018, chapter 7 |
//! | [`TimeSeries`] | all before each of the last windows | scikit-learn's `TimeSeriesSplit` |
//!
//! Purged bars are left out of in-sample next to an out-of-sample run because what was known or
//! held there reaches across the border. Embargoed bars are left out only after it, because what
//! happened in it still shows.

mod combinations;
mod cpcv;
mod k_fold;
mod walk_forward;

use std::ops::Range;

use thiserror::Error;

pub use combinations::{Combinations, binomial};
pub use cpcv::{CombinatorialSplits, Cpcv};
pub use k_fold::PurgedKFold;
pub use walk_forward::{TimeSeries, WalkForward};

/// The most splits that a scheme makes.
pub const MOST_SPLITS: usize = 100_000;

/// One division of bars. Runs are in rising order and not empty; a bar in neither was purged,
/// embargoed, or is outside of the windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// In-sample bars: runs that don't touch. None where purging left nothing.
    pub in_sample: Vec<Range<usize>>,
    /// Out-of-sample folds, one run each; neighbours may touch.
    pub out_of_sample: Vec<Range<usize>>,
}

impl Split {
    fn of_two(in_sample: Range<usize>, out_of_sample: Range<usize>) -> Self {
        Self { in_sample: vec![in_sample], out_of_sample: vec![out_of_sample] }
    }
}

/// Why bars can't be split as asked.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SplitsError {
    /// Too few folds, or too few bars for them.
    #[error("{folds} folds of {bars} bars; there have to be 2 folds or more, and a bar for each")]
    Folds {
        /// Bars to split.
        bars: usize,
        /// Folds asked for.
        folds: usize,
    },
    /// No fold, or every fold, out-of-sample.
    #[error(
        "{test_folds} of {folds} folds out-of-sample; it has to be 1 or more, and fewer than all"
    )]
    TestFolds {
        /// All folds.
        folds: usize,
        /// Those out-of-sample.
        test_folds: usize,
    },
    /// More splits than anyone could evaluate.
    #[error("more than {MOST_SPLITS} splits; use fewer folds or longer windows")]
    TooMany,
    /// A length that has to be at least one bar is zero.
    #[error("{what} has to be at least 1")]
    Zero {
        /// Which length.
        what: &'static str,
    },
    /// Fewer bars than the first split needs.
    #[error("the first split needs {needed} bars, and there are {bars}")]
    TooShort {
        /// In-sample, purged and out-of-sample bars together.
        needed: usize,
        /// Bars to split.
        bars: usize,
    },
}

/// `0..bars` without `holes`, which are in rising order of their starts and may overlap.
fn complement(bars: usize, holes: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut from = 0;
    for hole in holes {
        if hole.start > from {
            runs.push(from..hole.start.min(bars));
        }
        from = from.max(hole.end);
    }
    if from < bars {
        runs.push(from..bars);
    }
    runs
}

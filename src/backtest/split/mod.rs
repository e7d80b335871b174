//! Which ticks are in-sample, out-of-sample and holdout, and what is fitted where.
//!
//! [`layout()`] cuts a timeline as `[split]` of program.md says. Whatever the scheme, the holdout is the last part,
//! out-of-sample folds never share a tick, and the in-sample folds that a proposer may see are before all of them.

mod layout;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::market::TimeMs;
use crate::splits::SplitsError;

pub use layout::{Layout, Sealed, layout};

/// Fewest ticks of a fold: fewer can't hold a warm account and a trade.
pub const MIN_FOLD_BARS: usize = 20;

/// Most rounds of fitting that a split may ask for: each one fits parameters anew.
pub const MOST_ROUNDS: usize = 1_000;

/// Who may see a fold's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Development: the proposer sees everything.
    InSample,
    /// Keep or discard: the proposer sees the verdict.
    OutOfSample,
    /// Certification: the proposer sees nothing.
    Holdout,
    /// All bars, without a split.
    All,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InSample => "in_sample",
            Self::OutOfSample => "out_of_sample",
            Self::Holdout => "holdout",
            Self::All => "all",
        })
    }
}

/// A stretch of ticks that one account trades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Number within its span, from 0.
    pub id: usize,
    /// Its span.
    pub span: Span,
    /// Ticks of the market's timeline.
    pub ticks: Range<usize>,
}

/// Why bars can't be split as asked.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SplitError {
    /// A date isn't one.
    #[error("[split] {key} = {value:?} is not a date; write YYYY-MM-DD")]
    Date {
        /// The setting.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// A part is too short for its folds.
    #[error(
        "the {span} span has {bars} bars for {folds} folds, {embargo} embargo bars left out, and a fold needs {MIN_FOLD_BARS}: \
         use fewer folds, other dates, or more data ([split] in program.md)"
    )]
    TooShort {
        /// The part.
        span: Span,
        /// Its bars.
        bars: usize,
        /// Its folds.
        folds: usize,
        /// Bars left out at its end.
        embargo: usize,
    },
    /// The scheme can't be made of these bars.
    #[error("[split] in program.md: {0}")]
    Scheme(#[from] SplitsError),
    /// More rounds than are allowed.
    #[error(
        "[split] in program.md asks for {rounds} in-sample parts to fit on, and {MOST_ROUNDS} are allowed; \
         use fewer folds, or longer ones"
    )]
    TooManyRounds {
        /// How many.
        rounds: usize,
    },
}

/// One fold over everything.
pub fn whole(timeline: &[TimeMs]) -> Fold {
    Fold { id: 0, span: Span::All, ticks: 0..timeline.len() }
}

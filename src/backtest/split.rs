//! Which ticks are in-sample, out-of-sample and holdout.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::market::{TimeMs, time};
use crate::program::SplitSettings;

/// Fewest ticks of a fold: fewer can't hold a warm account and a trade.
pub const MIN_FOLD_BARS: usize = 20;

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
        "the {span} span has {bars} bars for {folds} folds after {embargo} embargo bars, and a fold needs {MIN_FOLD_BARS}: \
         use fewer folds, other dates, or more data ([split] in program.md)"
    )]
    TooShort {
        /// The part.
        span: Span,
        /// Its bars.
        bars: usize,
        /// Its folds.
        folds: usize,
        /// Bars left out before it.
        embargo: usize,
    },
}

/// One fold over everything.
pub fn whole(timeline: &[TimeMs]) -> Fold {
    Fold { id: 0, span: Span::All, ticks: 0..timeline.len() }
}

/// In-sample folds, then out-of-sample folds, then the holdout (if there is one), in time order.
///
/// # Errors
///
/// Dates that aren't, and spans too short for their folds.
pub fn folds(timeline: &[TimeMs], settings: &SplitSettings) -> Result<Vec<Fold>, SplitError> {
    let bars = timeline.len();
    let holdout = match date("holdout_from", &settings.holdout_from)? {
        Some(from) => timeline.partition_point(|t| *t < from),
        None if settings.holdout > 0.0 => {
            let part = (bars as f64 * settings.holdout).ceil() as usize;
            bars.saturating_sub(part.max(settings.holdout_min_bars))
        }
        None => bars,
    };
    let out_of_sample = match date("out_of_sample_from", &settings.out_of_sample_from)? {
        Some(from) => timeline.partition_point(|t| *t < from).min(holdout),
        None => (holdout as f64 * settings.in_sample).round() as usize,
    };
    let embargo = settings.embargo_bars;
    let mut all = Vec::new();
    cut(&mut all, Span::InSample, 0..out_of_sample, settings.in_sample_folds, 0)?;
    cut(&mut all, Span::OutOfSample, out_of_sample..holdout, settings.folds, embargo)?;
    if holdout < bars {
        cut(&mut all, Span::Holdout, holdout..bars, 1, embargo)?;
    }
    Ok(all)
}

fn date(key: &'static str, value: &str) -> Result<Option<TimeMs>, SplitError> {
    if value.is_empty() {
        return Ok(None);
    }
    let parsed = time::parse_date(value);
    parsed.map(Some).map_err(|_| SplitError::Date { key, value: value.into() })
}

/// Cuts a part into folds of equal length, the first ones a bar longer, leaving out the first
/// `embargo` ticks.
fn cut(
    all: &mut Vec<Fold>,
    span: Span,
    part: Range<usize>,
    folds: usize,
    embargo: usize,
) -> Result<(), SplitError> {
    let part = (part.start + embargo).min(part.end)..part.end;
    let bars = part.len();
    if folds == 0 || bars / folds < MIN_FOLD_BARS {
        return Err(SplitError::TooShort { span, bars, folds, embargo });
    }
    let mut start = part.start;
    for id in 0..folds {
        let end = start + bars / folds + usize::from(id < bars % folds);
        all.push(Fold { id, span, ticks: start..end });
        start = end;
    }
    Ok(())
}

//! Windows that move forward in time: in-sample is always before out-of-sample.

use super::{MOST_SPLITS, Split, SplitsError};

/// Out-of-sample windows that follow each other without a gap, each with its own in-sample window
/// before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkForward {
    /// Bars to split.
    pub bars: usize,
    /// In-sample bars; of the first split only, if `anchored`.
    pub in_sample: usize,
    /// Out-of-sample bars, which is also the step from one split to the next.
    pub out_of_sample: usize,
    /// Bars left out between the two.
    pub purge: usize,
    /// In-sample begins at the first bar and grows, instead of rolling.
    pub anchored: bool,
    /// Keep a last out-of-sample window that is shorter than the others.
    pub keep_last: bool,
}

impl WalkForward {
    /// The splits in time order, one at least.
    ///
    /// # Errors
    ///
    /// [`SplitsError`] for windows without bars, and for fewer bars than one split needs.
    pub fn splits(&self) -> Result<Vec<Split>, SplitsError> {
        for (what, length) in [("in-sample", self.in_sample), ("out-of-sample", self.out_of_sample)]
        {
            if length == 0 {
                return Err(SplitsError::Zero { what });
            }
        }
        let first = self.in_sample.saturating_add(self.purge);
        let fewest = if self.keep_last { 1 } else { self.out_of_sample };
        let needed = first.saturating_add(fewest);
        if self.bars < needed {
            return Err(SplitsError::TooShort { needed, bars: self.bars });
        }
        let starts = (first..self.bars - fewest + 1).step_by(self.out_of_sample);
        if starts.len() > MOST_SPLITS {
            return Err(SplitsError::TooMany);
        }
        let split = |start: usize| {
            let known = start - self.purge;
            let from = if self.anchored { 0 } else { known - self.in_sample };
            let end = start.saturating_add(self.out_of_sample).min(self.bars);
            Split::of_two(from..known, start..end)
        };
        Ok(starts.map(split).collect())
    }
}

/// A given number of out-of-sample windows of equal length at the end, each with everything before
/// it in-sample: the scheme of scikit-learn's `TimeSeriesSplit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSeries {
    /// Bars to split.
    pub bars: usize,
    /// Number of splits.
    pub splits: usize,
    /// Out-of-sample bars (default: `bars / (splits + 1)`, rounded down).
    pub out_of_sample: Option<usize>,
    /// Bars left out before each out-of-sample window.
    pub gap: usize,
    /// Most in-sample bars, the latest (default: all).
    pub most_in_sample: Option<usize>,
}

impl TimeSeries {
    /// The splits in time order.
    ///
    /// # Errors
    ///
    /// [`SplitsError`] where windows or the first in-sample part would have no bars.
    pub fn splits(&self) -> Result<Vec<Split>, SplitsError> {
        let Self { bars, splits, gap, .. } = *self;
        let length = self.out_of_sample.unwrap_or(bars / splits.saturating_add(1));
        let most = self.most_in_sample.unwrap_or(bars);
        let lengths = [("the number of splits", splits), ("out-of-sample", length)];
        for (what, length) in lengths.into_iter().chain([("in-sample", most)]) {
            if length == 0 {
                return Err(SplitsError::Zero { what });
            }
        }
        if splits > MOST_SPLITS {
            return Err(SplitsError::TooMany);
        }
        let tested = length.saturating_mul(splits);
        let needed = tested.saturating_add(gap).saturating_add(1);
        if bars < needed {
            return Err(SplitsError::TooShort { needed, bars });
        }
        let split = |start: usize| {
            let known = start - gap;
            Split::of_two(known.saturating_sub(most)..known, start..start + length)
        };
        Ok((bars - tested..bars).step_by(length).map(split).collect())
    }
}

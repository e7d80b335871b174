//! K-fold cross-validation, purged by the reach of labels (López de Prado, *Advances in Financial
//! Machine Learning*, 2018, chapter 7).

use super::{MOST_SPLITS, Split, SplitsError, complement};

/// Each fold out-of-sample once, the others in-sample as far as their labels don't overlap with its
/// labels.
///
/// The label of bar i is known `horizon` bars later: it spans the bars `[i, i + horizon)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurgedKFold {
    /// Bars to split.
    pub bars: usize,
    /// Folds; the first `bars mod folds` are one bar longer.
    pub folds: usize,
    /// Bars that a label spans. Holding a position until the next bar's close spans 1.
    pub horizon: usize,
    /// Bars left out after the out-of-sample fold at least, counted from its last bar.
    pub embargo: usize,
}

impl PurgedKFold {
    /// One split per fold, in time order.
    ///
    /// # Errors
    ///
    /// [`SplitsError`] for fewer than two folds, fewer bars than folds, or too many folds.
    pub fn splits(&self) -> Result<Vec<Split>, SplitsError> {
        let Self { bars, folds, .. } = *self;
        if folds < 2 || bars < folds {
            return Err(SplitsError::Folds { bars, folds });
        }
        if folds > MOST_SPLITS {
            return Err(SplitsError::TooMany);
        }
        // A label that only touches the next one doesn't overlap with it.
        let purge = self.horizon.saturating_sub(1);
        let after = purge.max(self.embargo);
        let mut start = 0;
        let split = |fold: usize| {
            let test = start..start + bars / folds + usize::from(fold < bars % folds);
            start = test.end;
            let hole = test.start.saturating_sub(purge)..test.end.saturating_add(after);
            let in_sample = complement(bars, std::iter::once(hole));
            Split { in_sample, out_of_sample: vec![test] }
        };
        Ok((0..folds).map(split).collect())
    }
}

//! Combinatorial purged cross-validation (López de Prado, *Advances in Financial Machine Learning*,
//! 2018, chapter 12).

use std::ops::Range;

use super::{Combinations, MOST_SPLITS, Split, SplitsError, binomial, complement};

/// Bars cut into folds, and every choice of `test_folds` of them out-of-sample once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cpcv {
    /// Bars to split.
    pub bars: usize,
    /// Folds: all but the last have `bars / folds` bars, rounded down; the last has the rest.
    pub folds: usize,
    /// Folds that are out-of-sample in each split.
    pub test_folds: usize,
    /// Bars left out of in-sample on both sides of each out-of-sample fold.
    pub purge: usize,
    /// Further bars left out after each out-of-sample fold.
    pub embargo: usize,
}

/// All splits, and the backtest paths that they make up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CombinatorialSplits {
    /// In lexicographic order of their out-of-sample folds.
    pub splits: Vec<Split>,
    /// Number of paths: each fold is out-of-sample so often, and each path has every fold once.
    pub paths: usize,
    /// `path_ids[s][j]`: which path the j-th out-of-sample fold of split s belongs to.
    pub path_ids: Vec<Vec<usize>>,
}

impl Cpcv {
    /// The C(folds, test_folds) splits.
    ///
    /// # Errors
    ///
    /// [`SplitsError`] for too few bars or folds, or too many splits.
    pub fn splits(&self) -> Result<CombinatorialSplits, SplitsError> {
        let Self { bars, folds, test_folds, .. } = *self;
        if folds < 2 || bars < folds {
            return Err(SplitsError::Folds { bars, folds });
        }
        if test_folds == 0 || test_folds >= folds {
            return Err(SplitsError::TestFolds { folds, test_folds });
        }
        if binomial(folds, test_folds).is_none_or(|splits| splits > MOST_SPLITS) {
            return Err(SplitsError::TooMany);
        }
        let mut splits = Vec::new();
        let mut path_ids = Vec::new();
        // How often each fold was out-of-sample: its next time belongs to the next path.
        let mut times = vec![0; folds];
        for chosen in Combinations::new(folds, test_folds) {
            splits.push(self.split(&chosen));
            path_ids.push(
                chosen
                    .iter()
                    .map(|&fold| {
                        times[fold] += 1;
                        times[fold] - 1
                    })
                    .collect(),
            );
        }
        Ok(CombinatorialSplits { splits, paths: times[0], path_ids })
    }

    fn split(&self, chosen: &[usize]) -> Split {
        let out_of_sample: Vec<Range<usize>> = chosen.iter().map(|&fold| self.fold(fold)).collect();
        let holes = out_of_sample.iter().map(|test| {
            let after = test.end.saturating_add(self.purge).saturating_add(self.embargo);
            test.start.saturating_sub(self.purge)..after
        });
        Split { in_sample: complement(self.bars, holes), out_of_sample }
    }

    fn fold(&self, fold: usize) -> Range<usize> {
        let length = self.bars / self.folds;
        let end = if fold + 1 == self.folds { self.bars } else { (fold + 1) * length };
        fold * length..end
    }
}

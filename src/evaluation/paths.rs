//! The runs of one strategy, put together to backtest paths: each has every out-of-sample fold once.
//!
//! A strategy without fitted parameters does the same in a fold whatever its in-sample part is, so it has one path.

use std::collections::BTreeMap;

use super::fit::Fitted;
use crate::backtest::{Backtest, Fold, FoldRun, Layout, Span};

/// A strategy's runs over all folds.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// One at least. In-sample runs are the same in all of them.
    pub(super) paths: Vec<Backtest>,
    /// In-sample returns per bar to hold out-of-sample ones against.
    pub(super) in_sample: Vec<f64>,
    /// What was chosen, where parameters are fitted.
    pub(super) fitted: Option<Fitted>,
}

/// Where a run belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// An in-sample fold.
    InSample(usize),
    /// An out-of-sample fold, with the choice of a round.
    OutOfSample { round: usize, fold: usize },
    /// A run of ticks that a round was fitted on, with its choice.
    FittedOn { round: usize, part: usize },
}

impl Place {
    /// Everything to be run with the choice of these rounds.
    pub(super) fn needed(layout: &Layout, rounds: &dyn Fn(usize) -> bool) -> Vec<Self> {
        let in_sample = (0..layout.in_sample.len()).filter(|_| rounds(0)).map(Self::InSample);
        let mut places: Vec<Self> = in_sample.collect();
        for path in &layout.paths {
            let tests = path.iter().enumerate().filter(|(_, round)| rounds(**round));
            places.extend(tests.map(|(fold, round)| Self::OutOfSample { round: *round, fold }));
        }
        for (round, parts) in layout.rounds.iter().enumerate().filter(|(round, _)| rounds(*round)) {
            places.extend((0..parts.len()).map(|part| Self::FittedOn { round, part }));
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    pub(super) fn fold(self, layout: &Layout) -> Fold {
        match self {
            Self::InSample(fold) => layout.in_sample[fold].clone(),
            Self::OutOfSample { fold, .. } => layout.out_of_sample[fold].clone(),
            Self::FittedOn { round, part } => {
                Fold { id: part, span: Span::InSample, ticks: layout.rounds[round][part].clone() }
            }
        }
    }
}

impl Paths {
    /// The one path of a strategy that is the same in all folds.
    pub(super) fn plain(backtest: Backtest) -> Self {
        let in_sample = backtest.returns(Span::InSample).concat();
        Self { paths: vec![backtest], in_sample, fitted: None }
    }

    /// The paths of a layout.
    pub(super) fn of_places(
        layout: &Layout,
        runs: &BTreeMap<Place, FoldRun>,
        bars_per_year: f64,
        fitted: Fitted,
    ) -> Self {
        let find = |place| runs.get(&place).cloned();
        let path = |path: &Vec<usize>| {
            let in_sample = (0..layout.in_sample.len()).map(Place::InSample);
            let tests = path.iter().enumerate();
            let tests = tests.map(|(fold, round)| Place::OutOfSample { round: *round, fold });
            Backtest { runs: in_sample.chain(tests).filter_map(find).collect(), bars_per_year }
        };
        let fitted_on = runs.iter().filter(|(place, _)| matches!(place, Place::FittedOn { .. }));
        Self {
            paths: layout.paths.iter().map(path).collect(),
            in_sample: mean_by_tick(fitted_on.map(|(_, run)| run)),
            fitted: Some(fitted),
        }
    }
}

/// Returns of accounts that overlap in time, each tick's mean, in time order: a bar counts once however many accounts
/// hold it.
fn mean_by_tick<'a>(runs: impl Iterator<Item = &'a FoldRun>) -> Vec<f64> {
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for run in runs {
        for (tick, value) in (run.fold.ticks.start + 1..).zip(run.returns()) {
            let (sum, count) = sums.entry(tick).or_default();
            *sum += value;
            *count += 1.0;
        }
    }
    sums.values().map(|(sum, count)| sum / count).collect()
}

//! Parameters chosen on in-sample parts and applied out-of-sample, round by round.
//!
//! The same combinations are tried in each round: the written values first, then a grid of all of them if that is
//! small, else points of a Halton sequence, which fills the box of bounds evenly. What is best in-sample, by the
//! program's own score, is what the round's out-of-sample folds are run with. No out-of-sample result is looked at.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::Arena;
use super::paths::{Paths, Place};
use crate::backtest::{Fold, FoldRun, Span, bars_per_year};
use crate::program::CostSettings;
use crate::score::{self, Evidence};
use crate::strategy::{Compiled, Fit, Param};

/// Primes, one for each dimension of the Halton sequence; further dimensions start over, shifted.
const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

/// What was chosen in each round.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// Combinations tried, each of them a trial.
    pub tried: u64,
    /// Values by parameter, one map per round.
    pub rounds: Vec<BTreeMap<String, f64>>,
}

/// Combinations of values to try, the written ones first, no two alike.
fn combinations(fit: &Fit, most: usize) -> Vec<Vec<f64>> {
    let params: Vec<&Param> = fit.params().collect();
    let written: Vec<f64> = params.iter().map(|param| param.value).collect();
    let mut all = vec![written];
    let mut add = |values: Vec<f64>| {
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        if all.iter().all(|known| bits(known) != bits(&values)) {
            all.push(values);
        }
        all.len()
    };
    if let Some(size) = grid_size(&params).filter(|size| *size <= most) {
        (0..size).for_each(|index| {
            add(grid_point(&params, index));
        });
        return all;
    }
    // Rounding to whole numbers makes points meet; a few times as many as are wanted is enough.
    for index in 1..=4 * most as u64 {
        let point = |(axis, param): (usize, &&Param)| {
            let (least, most) = bounds(param);
            let turn = (axis / BASES.len()) as u64;
            let part = radical_inverse(index + turn * 409, BASES[axis % BASES.len()]);
            // A whole number gets an equal share of the interval, the ends included.
            if param.whole {
                (least + (part * (most - least + 1.0)).floor()).min(most)
            } else {
                least + part * (most - least)
            }
        };
        if add(params.iter().enumerate().map(point).collect()) >= most {
            break;
        }
    }
    all
}

fn bounds(param: &Param) -> (f64, f64) {
    param.bounds.unwrap_or((param.value, param.value))
}

/// The number of all combinations, where they can be counted.
fn grid_size(params: &[&Param]) -> Option<usize> {
    params.iter().try_fold(1_usize, |size, param| {
        let (least, most) = bounds(param);
        let levels = if param.whole { most - least + 1.0 } else { return None };
        (levels < 1e6).then_some(())?;
        size.checked_mul(levels as usize)
    })
}

fn grid_point(params: &[&Param], mut index: usize) -> Vec<f64> {
    let level = |param: &&Param| {
        let (least, most) = bounds(param);
        let levels = (most - least + 1.0) as usize;
        let value = least + (index % levels) as f64;
        index /= levels;
        value
    };
    params.iter().map(level).collect()
}

/// The digits of `index` in base `base`, mirrored at the point: the Halton sequence in one dimension, in [0, 1).
fn radical_inverse(mut index: u64, base: u64) -> f64 {
    let (mut part, mut weight) = (0.0, 1.0);
    while index > 0 {
        weight /= base as f64;
        part += weight * (index % base) as f64;
        index /= base;
    }
    part
}

impl Fitted {
    /// The values of each round, in the order of a strategy's marked parameters.
    pub(super) fn values(&self, fit: &Fit) -> Vec<Vec<f64>> {
        let value = |round: &BTreeMap<String, f64>, param: &Param| {
            round.get(&param.name).copied().unwrap_or(param.value)
        };
        let values = |round| fit.params().map(|param| value(round, param)).collect();
        self.rounds.iter().map(values).collect()
    }
}

impl Arena<'_> {
    /// The values that are best on each of these parts, which are in-sample. With equal scores, those that were tried
    /// first.
    pub(super) fn choose_on(&self, fit: &Fit, rounds: &[Vec<Range<usize>>]) -> Fitted {
        let combinations = combinations(fit, self.program.settings.split.fit_trials);
        let scores: Vec<Vec<f64>> = combinations
            .par_iter()
            .map(|values| match fit.with(values) {
                Some(strategy) => self.in_sample_scores(&strategy, rounds),
                None => vec![f64::NEG_INFINITY; rounds.len()],
            })
            .collect();
        let best = |round: usize| {
            let better = |best: usize, other: usize| {
                if scores[other][round] > scores[best][round] { other } else { best }
            };
            (1..combinations.len()).fold(0, better)
        };
        let names = || fit.params().map(|param| param.name.clone());
        let chosen = (0..rounds.len()).map(|round| &combinations[best(round)]);
        let chosen = chosen.map(|values| names().zip(values.iter().copied()).collect());
        Fitted { tried: combinations.len() as u64, rounds: chosen.collect() }
    }

    /// The score of a strategy on each of these in-sample parts, each run of ticks an account of its own.
    fn in_sample_scores(&self, strategy: &Compiled, rounds: &[Vec<Range<usize>>]) -> Vec<f64> {
        let (folds, places) = training_folds(rounds);
        let backtest = self.run(strategy, &folds);
        let score = |places: &Vec<usize>| {
            let runs: Vec<&FoldRun> = places.iter().map(|at| &backtest.runs[*at]).collect();
            let returns: Vec<Vec<f64>> = runs.iter().map(|run| run.returns()).collect();
            let folds: Vec<&[f64]> = returns.iter().map(Vec::as_slice).collect();
            let evidence = Evidence {
                folds: &folds,
                trades: &super::episodes(&runs),
                in_sample: None,
                bars_per_year: backtest.bars_per_year,
            };
            let score = score::score(&evidence, &self.program.settings.score);
            score.map_or(f64::NEG_INFINITY, |score| score.value)
        };
        places.iter().map(score).collect()
    }

    /// Runs every fold with its round's choice.
    pub(super) fn applied(&self, fit: &Fit, fitted: Fitted, costs: &CostSettings) -> Paths {
        let layout = &self.layout;
        let chosen = fitted.values(fit);
        let mut runs: BTreeMap<Place, FoldRun> = BTreeMap::new();
        for (at, values) in chosen.iter().enumerate() {
            // Rounds that chose alike are run together, when the first of them comes.
            if chosen[..at].contains(values) {
                continue;
            }
            let Some(strategy) = fit.with(values) else { continue };
            let alike = |round: usize| chosen[round] == *values;
            let places = Place::needed(layout, &alike);
            let folds: Vec<Fold> = places.iter().map(|place| place.fold(layout)).collect();
            let backtest = self.run_at(&strategy, &folds, costs);
            runs.extend(places.into_iter().zip(backtest.runs));
        }
        let bars_per_year = bars_per_year(self.market, &self.program.settings.backtest);
        Paths::of_places(layout, &runs, bars_per_year, fitted)
    }
}

/// One fold per different run of ticks, and for each round the positions of its own.
fn training_folds(rounds: &[Vec<Range<usize>>]) -> (Vec<Fold>, Vec<Vec<usize>>) {
    let mut folds: Vec<Fold> = Vec::new();
    let mut places = Vec::with_capacity(rounds.len());
    for round in rounds {
        let mut own = Vec::with_capacity(round.len());
        for ticks in round {
            let known = folds.iter().position(|fold| fold.ticks == *ticks);
            let at = known.unwrap_or_else(|| {
                folds.push(Fold { id: folds.len(), span: Span::InSample, ticks: ticks.clone() });
                folds.len() - 1
            });
            own.push(at);
        }
        places.push(own);
    }
    (folds, places)
}

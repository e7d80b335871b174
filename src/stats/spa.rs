//! Is the best of many trials better than the benchmark? White's Reality Check ("A Reality Check
//! for Data Snooping", 2000), Hansen's test for superior predictive ability ("A Test for Superior
//! Predictive Ability", 2005), and which ones are, by the stepwise procedure of Romano and Wolf
//! ("Stepwise Multiple Testing as Formalized Data Snooping", 2005).
//!
//! Input is d, the return of each trial minus the benchmark's, larger being better. The null
//! hypothesis: no trial has a positive expected d. Under it, the means of stationary bootstrap
//! replications are centred, and the share of replications whose best is better than what was
//! observed is the p-value. The three centrings differ in what they do with trials that look worse
//! than the benchmark:
//!
//! | centring | of a mean | p-value |
//! |---|---|---|
//! | lower | max(mean, 0): bad trials don't compete | a lower bound, liberal |
//! | consistent | mean unless below -√(v/T 2 ln ln T), then 0 | the one to use |
//! | upper | mean: every trial competes | White's: an upper bound, conservative |

use thiserror::Error;

use super::resample::Bootstrap;
use super::{Matrix, Undefined, Value, finite, quantile, sorted};

mod variance;

pub use variance::long_run_variances;

/// The most numbers that are kept: replications times trials.
pub const MOST_CELLS: usize = 50_000_000;

/// Why there is no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SpaError {
    /// Too few bars for ln ln T.
    #[error("{bars} bars; there have to be 3 at least")]
    Bars {
        /// Bars of the matrix.
        bars: usize,
    },
    /// More than fits into memory.
    #[error(
        "{replications} replications of {trials} trials are more than {MOST_CELLS} numbers; \
         use fewer replications, or test the trials that matter"
    )]
    TooLarge {
        /// Replications asked for.
        replications: usize,
        /// Trials of the matrix.
        trials: usize,
    },
}

/// A p-value in its two spellings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PValue {
    /// Share of replications that beat what was observed. 0 where none did.
    pub share: f64,
    /// (1 + count) / (1 + B): never 0, and a valid p-value for any number of replications. Report
    /// this.
    pub plus_one: f64,
}

impl PValue {
    pub(super) fn of(count: usize, replications: usize) -> Self {
        let (count, replications) = (count as f64, replications as f64);
        Self { share: count / replications, plus_one: (1.0 + count) / (1.0 + replications) }
    }
}

/// p-values by centring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PValues {
    /// A lower bound.
    pub lower: PValue,
    /// Hansen's consistent one.
    pub consistent: PValue,
    /// An upper bound; not studentised, it is White's Reality Check.
    pub upper: PValue,
}

/// What is centred at what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Centring {
    Lower,
    Consistent,
    Upper,
}

/// Replications of the means of all trials, from which all tests are made.
#[derive(Debug, Clone)]
pub struct Spa {
    bars: usize,
    means: Vec<f64>,
    /// Long-run variances, 0 for trials whose d doesn't vary.
    variances: Vec<f64>,
    /// Means of each replication.
    replications: Vec<Vec<f64>>,
}

impl Spa {
    /// Resamples the rows of `d`.
    ///
    /// # Errors
    ///
    /// [`SpaError`] for too few bars, or more numbers than [`MOST_CELLS`].
    pub fn new(d: &Matrix, bootstrap: &Bootstrap) -> Result<Self, SpaError> {
        let (replications, trials) = (bootstrap.replications(), d.trials());
        if replications.saturating_mul(trials) > MOST_CELLS {
            return Err(SpaError::TooLarge { replications, trials });
        }
        let means = bootstrap.map(d.bars(), |indices| resampled_means(d, indices));
        Self::from_replications(d, bootstrap.mean_block(), means)
    }

    /// The same from means of replications that somebody else has drawn with blocks of `mean_block`
    /// bars.
    ///
    /// # Errors
    ///
    /// [`SpaError::Bars`].
    pub fn from_replications(
        d: &Matrix,
        mean_block: f64,
        replications: Vec<Vec<f64>>,
    ) -> Result<Self, SpaError> {
        let bars = d.bars();
        if bars < 3 {
            return Err(SpaError::Bars { bars });
        }
        Ok(Self {
            bars,
            means: d.means(),
            variances: long_run_variances(d, mean_block),
            replications,
        })
    }

    /// Long-run variance of each trial's d.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// The trial with the highest mean, the first of equals.
    pub fn best(&self) -> usize {
        (0..self.means.len())
            .rev()
            .max_by(|a, b| self.means[*a].total_cmp(&self.means[*b]))
            .unwrap_or(0)
    }

    /// The statistic of the Reality Check: √T max mean.
    pub fn reality_check_statistic(&self) -> f64 {
        (self.bars as f64).sqrt() * self.means.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// p-values of the Reality Check's statistic; `upper` is White's.
    pub fn raw(&self) -> PValues {
        let observed = self.means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.p_values(|centring| {
            let centres = self.centres(centring);
            self.count(|means| {
                let beyond = means.iter().zip(&centres).map(|(mean, centre)| mean - centre);
                beyond.fold(f64::NEG_INFINITY, f64::max) > observed
            })
        })
    }

    /// The statistic of the SPA test: max(0, max √T mean / √v).
    ///
    /// # Errors
    ///
    /// [`Undefined`] where the d of a trial is positive and doesn't vary: its statistic is
    /// infinite.
    pub fn statistic(&self) -> Value {
        let mut largest = 0.0_f64;
        for trial in 0..self.means.len() {
            if self.variances[trial] > 0.0 {
                largest = largest.max(self.t(trial));
            } else if self.means[trial] > 0.0 {
                return Err(Undefined(
                    "a trial is better than the benchmark by the same at every bar",
                ));
            }
        }
        finite(largest)
    }

    /// p-values of the SPA statistic, with each trial measured by its own deviation.
    ///
    /// # Errors
    ///
    /// As [`Spa::statistic`].
    pub fn studentised(&self) -> Result<PValues, Undefined> {
        let observed = self.statistic()?;
        Ok(self.p_values(|centring| {
            let largest = self.largest_studentised(centring, |_| true);
            largest.iter().filter(|largest| **largest > observed).count()
        }))
    }

    /// Trials that are better than the benchmark, with a probability of at most `alpha` that any of
    /// them isn't: studentised, consistently centred, in rising order. Those found are taken out
    /// and the rest tested again until nothing more is found.
    ///
    /// # Errors
    ///
    /// As [`Spa::statistic`].
    pub fn superior(&self, alpha: f64) -> Result<Vec<usize>, Undefined> {
        self.statistic()?;
        let mut found = vec![false; self.means.len()];
        loop {
            let largest = self.largest_studentised(Centring::Consistent, |trial| !found[trial]);
            let critical = quantile(&sorted(&largest), 1.0 - alpha);
            let more: Vec<usize> = (0..found.len())
                .filter(|&trial| !found[trial] && self.variances[trial] > 0.0)
                .filter(|&trial| self.t(trial) > critical)
                .collect();
            if more.is_empty() {
                return Ok((0..found.len()).filter(|&trial| found[trial]).collect());
            }
            for trial in more {
                found[trial] = true;
            }
        }
    }

    fn t(&self, trial: usize) -> f64 {
        (self.bars as f64 / self.variances[trial]).sqrt() * self.means[trial]
    }

    fn centres(&self, centring: Centring) -> Vec<f64> {
        let bars = self.bars as f64;
        let iterated_logarithm = 2.0 * libm::log(libm::log(bars));
        let centre = |(mean, variance): (&f64, &f64)| match centring {
            Centring::Lower => mean.max(0.0),
            Centring::Upper => *mean,
            Centring::Consistent => {
                let threshold = -(variance / bars * iterated_logarithm).sqrt();
                if *mean >= threshold { *mean } else { 0.0 }
            }
        };
        self.means.iter().zip(&self.variances).map(centre).collect()
    }

    /// max(0, max √T (mean* - centre) / √v) of each replication, over the trials that are wanted.
    fn largest_studentised(&self, centring: Centring, wanted: impl Fn(usize) -> bool) -> Vec<f64> {
        let centres = self.centres(centring);
        let scales: Vec<f64> = (0..self.means.len())
            .map(|trial| match self.variances[trial] {
                variance if variance > 0.0 && wanted(trial) => (self.bars as f64 / variance).sqrt(),
                _ => 0.0,
            })
            .collect();
        let largest = |means: &Vec<f64>| {
            let trials = means.iter().zip(&centres).zip(&scales);
            trials.fold(0.0_f64, |largest, ((mean, centre), scale)| {
                largest.max((mean - centre) * scale)
            })
        };
        self.replications.iter().map(largest).collect()
    }

    fn count(&self, is_beyond: impl Fn(&[f64]) -> bool) -> usize {
        self.replications.iter().filter(|means| is_beyond(means)).count()
    }

    fn p_values(&self, count: impl Fn(Centring) -> usize) -> PValues {
        let p = |centring| PValue::of(count(centring), self.replications.len());
        PValues {
            lower: p(Centring::Lower),
            consistent: p(Centring::Consistent),
            upper: p(Centring::Upper),
        }
    }
}

/// The means of all trials over the bars that `indices` name.
pub fn resampled_means(d: &Matrix, indices: &[usize]) -> Vec<f64> {
    // Summed in the order of the bars, each as often as it was drawn: the matrix is read once from
    // front to back, and a mean doesn't depend on the order of its blocks.
    let mut times = vec![0_u32; d.bars()];
    for index in indices {
        times[*index] += 1;
    }
    let mut sums = vec![0.0; d.trials()];
    for (row, times) in d.rows().zip(times).filter(|(_, times)| *times > 0) {
        let times = f64::from(times);
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += times * value;
        }
    }
    let count = indices.len() as f64;
    sums.iter().map(|sum| sum / count).collect()
}

//! PBO, the probability of backtest overfitting, by combinatorially symmetric cross-validation
//! (Bailey, Borwein, López de Prado and Zhu, "The Probability of Backtest Overfitting", 2017).
//!
//! The bars are cut into S blocks. For every choice of half of them as in-sample, the trial with
//! the best in-sample Sharpe ratio is looked up out-of-sample, in the other half: how does it rank
//! there among all trials? PBO is the share of choices in which it ranks no better than the median.
//! A search that found something real gives about 0, noise 0.5 on average (single samples lie far
//! apart), and trials whose every gain in one half is a loss in the other give 1.

use rayon::prelude::*;
use thiserror::Error;

use super::{Matrix, Undefined, Value, deviation, finite, mean, to_unit};
use crate::splits::{Combinations, binomial};
use crate::wide::wide;

/// The most blocks: 20 make 184,756 combinations.
pub const MOST_BLOCKS: usize = 20;

/// Why there is no PBO.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PboError {
    /// An odd number of blocks, none, or too many.
    #[error("{blocks} blocks; it has to be an even number from 2 to {MOST_BLOCKS}")]
    Blocks {
        /// Blocks asked for.
        blocks: usize,
    },
    /// Too few bars for a Sharpe ratio of each half.
    #[error("{bars} bars in {blocks} blocks; each half of the blocks needs 2 bars, each block 1")]
    Bars {
        /// Bars of the matrix.
        bars: usize,
        /// Blocks asked for.
        blocks: usize,
    },
    /// Nothing to choose from.
    #[error("one trial; the best of at least 2 is what is looked up")]
    Trials,
}

/// What one choice of in-sample blocks led to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The trial with the best in-sample Sharpe ratio, the first of equals.
    pub best: usize,
    /// Its in-sample Sharpe ratio per bar; 0 for returns that don't vary.
    pub in_sample: f64,
    /// Its out-of-sample Sharpe ratio per bar, likewise.
    pub out_of_sample: f64,
    /// ω = rank / (N + 1) of it out-of-sample, from below, equals having the mean of their ranks;
    /// this is ln(ω / (1 - ω)): 0 at the median, below it where most trials were better.
    pub logit: f64,
}

/// The outcomes of all combinations.
#[derive(Debug, Clone, PartialEq)]
pub struct Pbo {
    /// In lexicographic order of their in-sample blocks.
    pub outcomes: Vec<Outcome>,
    /// Bars left out at the beginning because they don't fill the blocks.
    pub dropped_bars: usize,
}

/// Runs the C(S, S/2) combinations of `blocks` = S on the returns of trials. The oldest T mod S
/// bars are left out. The result is the same to the bit for any number of threads.
///
/// # Errors
///
/// [`PboError`] for too few trials or bars, or a number of blocks that isn't even.
pub fn pbo(matrix: &Matrix, blocks: usize) -> Result<Pbo, PboError> {
    if !(2..=MOST_BLOCKS).contains(&blocks) || !blocks.is_multiple_of(2) {
        return Err(PboError::Blocks { blocks });
    }
    let bars = matrix.bars();
    if bars / blocks * (blocks / 2) < 2 {
        return Err(PboError::Bars { bars, blocks });
    }
    if matrix.trials() < 2 {
        return Err(PboError::Trials);
    }
    let sums = BlockSums::of(matrix, blocks);
    let count = binomial(blocks, blocks / 2).unwrap_or(0);
    // The complement of a choice is also a choice, and stands as far from the end as it from the
    // start: in-sample and out-of-sample change sides. So each pair is measured once.
    let as_set = |chosen: Vec<usize>| chosen.iter().fold(0_u32, |set, block| set | 1 << block);
    let choices = Combinations::new(blocks, blocks / 2).take(count / 2).map(as_set);
    let choices: Vec<u32> = choices.collect();
    let pairs: Vec<(Outcome, Outcome)> = choices
        .par_iter()
        .map_init(|| Halves::new(&sums), |halves, chosen| halves.measure(&sums, *chosen))
        .collect();
    let (mut outcomes, mut mirrored): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    mirrored.reverse();
    outcomes.append(&mut mirrored);
    Ok(Pbo { outcomes, dropped_bars: bars % blocks })
}

impl Pbo {
    /// PBO: the share of combinations with a logit of 0 or below.
    pub fn pbo(&self) -> f64 {
        self.share(|outcome| outcome.logit <= 0.0)
    }

    /// The share of combinations with a logit below 0: a rank at the median isn't counted.
    pub fn pbo_strict(&self) -> f64 {
        self.share(|outcome| outcome.logit < 0.0)
    }

    /// The share of combinations in which what was best in-sample lost money out-of-sample.
    pub fn prob_oos_loss(&self) -> f64 {
        self.share(|outcome| outcome.out_of_sample < 0.0)
    }

    /// Mean of the logits.
    pub fn logit_mean(&self) -> f64 {
        mean(&self.each(|outcome| outcome.logit))
    }

    /// Standard deviation (ddof 1) of the logits.
    pub fn logit_sd(&self) -> f64 {
        deviation(&self.each(|outcome| outcome.logit))
    }

    /// Mean in-sample Sharpe ratio of what was best in-sample.
    pub fn mean_in_sample(&self) -> f64 {
        mean(&self.each(|outcome| outcome.in_sample))
    }

    /// Mean out-of-sample Sharpe ratio of what was best in-sample.
    pub fn mean_out_of_sample(&self) -> f64 {
        mean(&self.each(|outcome| outcome.out_of_sample))
    }

    /// Slope and intercept of the least-squares line of out-of-sample on in-sample Sharpe ratio of
    /// what was best in-sample.
    ///
    /// # Errors
    ///
    /// [`Undefined`] where the in-sample Sharpe ratios are all the same.
    pub fn degradation(&self) -> Result<(f64, f64), Undefined> {
        let (mean_in, mean_out) = (self.mean_in_sample(), self.mean_out_of_sample());
        let (mut square, mut product) = (0.0, 0.0);
        for outcome in &self.outcomes {
            let from_mean = outcome.in_sample - mean_in;
            square += from_mean * from_mean;
            product += from_mean * (outcome.out_of_sample - mean_out);
        }
        if square <= 0.0 {
            return Err(Undefined("the best in-sample Sharpe ratio is always the same"));
        }
        let slope: Value = finite(product / square);
        slope.map(|slope| (slope, mean_out - slope * mean_in))
    }

    fn share(&self, counts: impl Fn(&Outcome) -> bool) -> f64 {
        let counted = self.outcomes.iter().filter(|outcome| counts(outcome)).count();
        counted as f64 / self.outcomes.len() as f64
    }

    fn each(&self, of: impl Fn(&Outcome) -> f64) -> Vec<f64> {
        self.outcomes.iter().map(of).collect()
    }
}

/// Everything about the returns that a Sharpe ratio of some blocks needs, so that a combination
/// costs additions per block and not per bar.
struct BlockSums {
    blocks: usize,
    /// Bars of half the blocks.
    half_bars: f64,
    /// For each block, for each trial: sum of deviations from the trial's mean, and of their
    /// squares. Deviations, so that subtracting the square of the sum loses no digits.
    sums: Vec<Vec<f64>>,
    squares: Vec<Vec<f64>>,
    /// The mean of each trial, in the unit of its deviations.
    means: Vec<f64>,
    /// Trials that are constant within some block, with the sets of blocks (bit b for block b) in
    /// which they have one and the same value. A sum of squares can't tell "doesn't vary" from
    /// rounding.
    constant: Vec<(usize, Vec<u32>)>,
    /// By twice the rank, less one.
    logits: Vec<f64>,
}

impl BlockSums {
    fn of(matrix: &Matrix, blocks: usize) -> Self {
        let (bars, trials) = (matrix.bars(), matrix.trials());
        let length = bars / blocks;
        let mut all = Self {
            blocks,
            half_bars: (length * (blocks / 2)) as f64,
            sums: vec![vec![0.0; trials]; blocks],
            squares: vec![vec![0.0; trials]; blocks],
            means: Vec::with_capacity(trials),
            constant: Vec::new(),
            logits: logits(trials),
        };
        for trial in 0..trials {
            let used = &matrix.column(trial)[bars % blocks..];
            let groups = constant_blocks(used, length);
            if !groups.is_empty() {
                all.constant.push((trial, groups));
            }
            let (scaled, _) = to_unit(used);
            let mean = mean(&scaled);
            for (block, values) in scaled.chunks_exact(length).enumerate() {
                for value in values {
                    let deviation = value - mean;
                    all.sums[block][trial] += deviation;
                    all.squares[block][trial] += deviation * deviation;
                }
            }
            all.means.push(mean);
        }
        all
    }
}

/// Sets of blocks of `length` in which `values` are all the same.
fn constant_blocks(values: &[f64], length: usize) -> Vec<u32> {
    let mut groups: Vec<(f64, u32)> = Vec::new();
    for (block, values) in values.chunks_exact(length).enumerate() {
        if !super::is_constant(values) {
            continue;
        }
        // -0 + 0 is 0, and they are the same return.
        let value = values[0] + 0.0;
        match groups.iter_mut().find(|(other, _)| other.to_bits() == value.to_bits()) {
            Some((_, set)) => *set |= 1 << block,
            None => groups.push((value, 1 << block)),
        }
    }
    groups.into_iter().map(|(_, set)| set).collect()
}

/// Sharpe ratios of all trials in both halves of the blocks: room that is used again for each
/// choice, and the sums up to each block, as one choice shares its first blocks with the one before.
struct Halves {
    chosen: u32,
    /// After so many blocks, for all trials: sums of the chosen blocks, of the others, and likewise squares.
    sums: Vec<Vec<f64>>,
    /// Sharpe ratios of all trials in the chosen blocks, and in the others.
    sharpes: [Vec<f64>; 2],
}

impl Halves {
    fn new(of: &BlockSums) -> Self {
        let trials = of.means.len();
        let sums = vec![vec![0.0; 4 * trials]; of.blocks + 1];
        let mut halves = Self { chosen: 0, sums, sharpes: [vec![0.0; trials], vec![0.0; trials]] };
        halves.add_from(0, of);
        halves
    }

    /// Adds the blocks up again from one on, in their order: so the sums are the same to the bit, whatever was chosen before.
    fn add_from(&mut self, first: usize, of: &BlockSums) {
        let trials = of.means.len();
        for block in first..of.blocks {
            let (before, after) = self.sums.split_at_mut(block + 1);
            let (before, after) = (&before[block], &mut after[0]);
            after.copy_from_slice(before);
            let half = usize::from(self.chosen & 1 << block == 0);
            add(&mut after[half * trials..][..trials], &of.sums[block]);
            add(&mut after[(2 + half) * trials..][..trials], &of.squares[block]);
        }
    }

    /// The outcome with the chosen blocks in-sample (bit b for block b), and the one with them out-of-sample.
    fn measure(&mut self, of: &BlockSums, set: u32) -> (Outcome, Outcome) {
        let first = (self.chosen ^ set).trailing_zeros() as usize;
        self.chosen = set;
        self.add_from(first, of);
        let (n, trials) = (of.half_bars, of.means.len());
        let (sums, squares) = self.sums[of.blocks].split_at(2 * trials);
        for (half, sharpes) in self.sharpes.iter_mut().enumerate() {
            let at = half * trials..(half + 1) * trials;
            ratios(&sums[at.clone()], &squares[at], &of.means, n, sharpes);
            let chosen = if half == 0 { set } else { !set & ((1 << of.blocks) - 1) };
            for (trial, groups) in &of.constant {
                if groups.iter().any(|group| chosen & !group == 0) {
                    sharpes[*trial] = 0.0;
                }
            }
        }
        let [one, other] = &self.sharpes;
        (outcome(one, other, &of.logits), outcome(other, one, &of.logits))
    }
}

/// Sharpe ratios from sums and sums of squares over `n` bars; 0 where returns don't vary.
fn ratios(sums: &[f64], squares: &[f64], means: &[f64], n: f64, ratios: &mut [f64]) {
    wide!({
        let moments = sums.iter().zip(squares).zip(means);
        for (ratio, ((sum, square), mean)) in ratios.iter_mut().zip(moments) {
            let variance = (square - sum * sum / n) / (n - 1.0);
            let found = (mean + sum / n) / variance.sqrt();
            *ratio = if variance > 0.0 { found } else { 0.0 };
        }
    });
}

fn add(sums: &mut [f64], more: &[f64]) {
    for (sum, value) in sums.iter_mut().zip(more) {
        *sum += value;
    }
}

/// ln(ω / (1 - ω)) of all ranks among so many trials, with those between two: ½, 1, 1½, …
fn logits(trials: usize) -> Vec<f64> {
    let ranks = (1..=2 * trials).map(|twice| twice as f64 / 2.0);
    // rank / (N + 1 - rank) = ω / (1 - ω).
    ranks.map(|rank| libm::log(rank / (trials as f64 + 1.0 - rank))).collect()
}

fn outcome(in_sample: &[f64], out_of_sample: &[f64], logits: &[f64]) -> Outcome {
    let mut best = 0;
    for (trial, sharpe) in in_sample.iter().enumerate() {
        if *sharpe > in_sample[best] {
            best = trial;
        }
    }
    let found = out_of_sample[best];
    let below = out_of_sample.iter().filter(|sharpe| **sharpe < found).count();
    let above = out_of_sample.iter().filter(|sharpe| **sharpe > found).count();
    // Twice the mean rank of all that are equal to it: below + (equal + 1) / 2.
    let equal = in_sample.len() - below - above;
    let logit = logits[2 * below + equal];
    Outcome { best, in_sample: in_sample[best], out_of_sample: found, logit }
}

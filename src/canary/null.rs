//! Shuffled returns: on markets in which nothing foretells anything, strategies earn nothing.
//!
//! [`Noise`] makes such markets of the real one. A strategy that trades at their opens (no stop, target
//! or trailing stop, which fill inside a bar) has, before costs, an expected return of exactly 0 in
//! every bar, whatever its rules, weights and ranks: what it holds is decided before the prices that
//! pay for it. Hence, with r the returns of random strategies over markets drawn independently:
//!
//! - The mean of r is 0 within its standard error. Prices that are better than those that were there,
//!   or a profit that comes twice, lift it by many of those.
//! - (Σr)² / Σr², the square of a strategy's own t-statistic, is 1 in the mean: returns are uncorrelated,
//!   so E(Σr)² = EΣr². A later price that leaks in makes random rules right half of the time and wrong
//!   the other half, as they read it; their mean stays 0, and the squares are of the order of the number
//!   of trades.
//!
//! Costs only take away: they would hide a leak up to their size, so both are measured without them.
//!
//! With the program's own costs and account, the mean *score* of such strategies is at most 0: a score
//! takes more off a loss than it gives for a gain of the same size, and costs lower it further. This
//! holds whatever lies between returns and score to the same test.

use rayon::prelude::*;

use super::DOMAIN;
use super::engine::{Engine, Program};
use super::markets::Noise;
use super::random::{Places, Programs, Rules};
use crate::backtest::{self, Backtest, Fold, FoldRun, Span};
use crate::evaluation;
use crate::market::Market;
use crate::program::{BacktestSettings, CostSettings, Settings, SplitSettings};
use crate::rng::Rng;

/// How many standard errors are too many. 24 independent squares, the fewest degrees of freedom that an
/// epoch's draws can have, exceed it once in a million draws; means are safer.
const MOST_ERRORS: f64 = 7.0;
/// Variance of the square of a normal variable of variance 1.
const VARIANCE_OF_SQUARE: f64 = 2.0;
/// What the mean score of noise may lie above 0 besides its error, in points.
const SCORE_TOLERANCE: f64 = 1.0;

/// How many markets are drawn, and how many strategies are run on each.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Markets.
    pub markets: u64,
    /// Strategies on each market.
    pub strategies: usize,
}

/// What random strategies did on markets without a pattern: one number per market, which are
/// independent of each other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    /// Mean return per bar, before costs.
    pub returns: Vec<f64>,
    /// Mean square of the returns' t-statistics, before costs: 1 where there is nothing to know.
    pub squares: Vec<f64>,
    /// Mean score, with the program's costs.
    pub scores: Vec<f64>,
    /// Trades before costs.
    pub trades: usize,
}

impl Sample {
    /// Draws markets and runs random strategies on them, each market's by itself.
    pub fn draw(
        engine: &Engine<'_>,
        settings: &Settings,
        market: &Market,
        rules: Rules,
        draws: Draws,
        seed: u64,
    ) -> Self {
        let places = Places::of(market);
        let mut programs = Programs::at(places, Rng::seeded(DOMAIN, [seed, 0, 1], 0));
        let jobs: Vec<(u64, Vec<Program>)> = (0..draws.markets)
            .map(|number| (number, programs.compiled(engine, draws.strategies, rules)))
            .collect();
        let noise = Noise::of(market);
        let seen: Vec<Option<Seen>> = jobs
            .par_iter()
            .map(|(number, programs)| {
                let market = noise.draw(&mut Rng::seeded(DOMAIN, [seed, 0, 2], *number))?;
                Some(Seen::on(engine, settings, &market, programs))
            })
            .collect();
        let mut sample = Self::default();
        for Seen { returns, squares, scores, trades } in seen.into_iter().flatten() {
            sample.trades += trades;
            sample.returns.extend(mean(&returns));
            sample.squares.extend(mean(&squares));
            sample.scores.extend(mean(&scores));
        }
        sample
    }

    /// What is wrong with it, if anything is.
    pub fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        if let Some((mean, error)) = mean_and_error(&self.returns)
            && mean.abs() > MOST_ERRORS * error
        {
            let (what, many) = (if mean > 0.0 { "gain" } else { "lose" }, mean.abs() / error);
            findings.push(format!(
                "random strategies {what} on shuffled returns before costs: the mean return is {many:.1} \
                 standard errors from 0"
            ));
        }
        let bound = 1.0 + MOST_ERRORS * (VARIANCE_OF_SQUARE / self.squares.len() as f64).sqrt();
        if let Some(square) = mean(&self.squares).filter(|square| *square > bound) {
            findings.push(format!(
                "random strategies foresee shuffled returns: the mean square of their t-statistics before \
                 costs is {square:.1}; by chance it is 1, and hardly ever above {bound:.1}"
            ));
        }
        if let Some((mean, error)) = mean_and_error(&self.scores)
            && mean > SCORE_TOLERANCE + MOST_ERRORS * error
        {
            findings.push(format!(
                "random strategies on shuffled returns score {mean:.1} on average, with a standard error \
                 of {error:.1}; it should be 0 at most"
            ));
        }
        findings
    }
}

/// What strategies did on one market.
struct Seen {
    returns: Vec<f64>,
    squares: Vec<f64>,
    scores: Vec<f64>,
    trades: usize,
}

impl Seen {
    fn on(engine: &Engine<'_>, settings: &Settings, market: &Market, programs: &[Program]) -> Self {
        let free = CostSettings { fee_bps: 0.0, ..CostSettings::default() };
        let account = BacktestSettings {
            // Units can be anything, debt is none: what an account can't hold shows nothing, and one
            // that is ruined owes nothing, which is a gift.
            lot: 0.0,
            max_leverage: settings.backtest.max_leverage.min(1.0),
            close_at_end: true,
            ..settings.backtest.clone()
        };
        let split = SplitSettings {
            holdout: 0.0,
            in_sample_folds: 1,
            folds: 2,
            embargo_bars: 0,
            ..SplitSettings::default()
        };
        let layout = backtest::layout(market.timeline(), &split);
        let folds = layout.map_or_else(|_| Vec::new(), |layout| layout.folds());
        let whole = [backtest::whole(market.timeline())];
        let mut seen =
            Self { returns: Vec::new(), squares: Vec::new(), scores: Vec::new(), trades: 0 };
        for Program { compiled, .. } in programs {
            let run = |folds: &[Fold], account, costs| {
                (engine.backtest)(compiled, market, folds, account, costs)
            };
            let Backtest { runs, .. } = run(&whole, &account, &free);
            seen.trades += runs.iter().map(|run| run.trades.len()).sum::<usize>();
            let returns: Vec<f64> = runs.iter().flat_map(FoldRun::returns).collect();
            seen.returns.extend(mean(&returns));
            seen.squares.extend(square(&returns));
            if !folds.is_empty() {
                let scored = run(&folds, &settings.backtest, &settings.costs);
                let in_sample = scored.returns(Span::InSample).concat();
                let score = evaluation::score_of(&scored, &in_sample, &settings.score);
                seen.scores.extend(score.map(|score| score.value));
            }
        }
        seen
    }
}

/// (Σr)² / Σr²: the square of a sum's own t-statistic; none where nothing was earned or lost.
fn square(returns: &[f64]) -> Option<f64> {
    let sum: f64 = returns.iter().sum();
    let squares: f64 = returns.iter().map(|r| r * r).sum();
    (squares > 0.0).then(|| sum * sum / squares)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The mean of independent values and its standard error (ddof 1); none where there is no spread.
fn mean_and_error(values: &[f64]) -> Option<(f64, f64)> {
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    let n = values.len() as f64;
    let error = (squares / (n - 1.0) / n).sqrt();
    (error > 0.0).then_some((mean, error))
}

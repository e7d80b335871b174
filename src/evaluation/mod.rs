//! One evaluation: a strategy over the in-sample and out-of-sample folds, and its score.
//!
//! The holdout is not among the folds: nothing but [`Arena::look`] runs it, and that asks for a look that is written down.

mod benchmark;
mod fit;
mod holdout;
mod in_sample;
mod paths;
mod probe;

pub use benchmark::{Benchmark, buy_and_hold};
pub use fit::Fitted;
pub use paths::Paths;
pub use probe::{Neighbour, Probes};

use std::ops::Range;
use std::sync::OnceLock;

use holdout::Holdout;
use sha2::{Digest, Sha256};

use crate::backtest::metrics::Metrics;
use crate::backtest::{self, Backtest, Fold, FoldRun, Layout, Span, SplitError};
use crate::expr::Listing;
use crate::market::Market;
use crate::program::{CostSettings, Program, ScoreSettings};
use crate::score::{self, Evidence, Score, ScoreError};
use crate::strategy::Compiled;

/// What all candidates of an epoch are evaluated on.
pub struct Arena<'a> {
    program: &'a Program,
    market: &'a Market,
    listing: Listing,
    /// Without the holdout.
    layout: Layout,
    holdout: Holdout,
    epoch: String,
    benchmark: OnceLock<Option<Benchmark>>,
}

/// What a strategy did.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Runs of all folds; of several backtest paths, those of the one with the median score.
    pub backtest: Backtest,
    /// In-sample metrics, folds joined.
    pub in_sample: Metrics,
    /// Out-of-sample metrics, folds joined.
    pub out_of_sample: Metrics,
    /// The score and its parts.
    pub score: Score,
    /// What was chosen in each in-sample part, where parameters are fitted.
    pub fitted: Option<Fitted>,
}

impl<'a> Arena<'a> {
    /// Cuts the market into folds and names the epoch.
    ///
    /// # Errors
    ///
    /// A split that the data can't be cut into.
    pub fn new(program: &'a Program, market: &'a Market) -> Result<Self, SplitError> {
        let mut layout = backtest::layout(market.timeline(), &program.settings.split)?;
        let holdout = Holdout::of(layout.holdout.take());
        let epoch = epoch(crate::ENGINE, &program.evaluation_hash_input(), market.hash());
        let (listing, benchmark) = (Listing::of(market), OnceLock::new());
        Ok(Self { program, market, listing, layout, holdout, epoch, benchmark })
    }

    /// Identifies everything that decides a score. Scores of different epochs are never compared.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The data.
    pub fn market(&self) -> &'a Market {
        self.market
    }

    /// The symbols of the data, to check a candidate by.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// The program.
    pub fn program(&self) -> &'a Program {
        self.program
    }

    /// The folds, without the holdout.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Where the holdout is, if there is one; what happens there is for a look to find out.
    pub fn holdout_ticks(&self) -> Option<Range<usize>> {
        self.holdout.ticks()
    }

    /// Backtests a strategy on all folds, in-sample and out-of-sample side by side. Parameters that are marked for it
    /// are chosen in-sample first, if the program has that done.
    pub fn backtest(&self, strategy: &Compiled) -> Paths {
        let settings = &self.program.settings;
        match strategy.fit.as_ref().filter(|_| settings.split.fit) {
            Some(fit) => {
                let fitted = self.choose_on(fit, &self.layout.rounds);
                self.applied(fit, fitted, &settings.costs)
            }
            None => Paths::plain(self.run(strategy, &self.layout.folds())),
        }
    }

    fn run(&self, strategy: &Compiled, folds: &[Fold]) -> Backtest {
        self.run_at(strategy, folds, &self.program.settings.costs)
    }

    fn run_at(&self, strategy: &Compiled, folds: &[Fold], costs: &CostSettings) -> Backtest {
        backtest::run(strategy, self.market, folds, &self.program.settings.backtest, costs)
    }

    /// Runs a strategy with what was chosen before, for it or for a strategy like it, and with these costs.
    fn replay(&self, strategy: &Compiled, fitted: Option<&Fitted>, costs: &CostSettings) -> Paths {
        match (&strategy.fit, fitted) {
            (Some(fit), Some(fitted)) => self.applied(fit, fitted.clone(), costs),
            _ => Paths::plain(self.run_at(strategy, &self.layout.folds(), costs)),
        }
    }

    /// Scores what a backtest found. Of several paths, the one that counts is that of the median score, the lower of
    /// two: no average, which would be smoother than any of them.
    ///
    /// # Errors
    ///
    /// A number that isn't finite, which no finite data should give.
    pub fn score(&self, paths: Paths) -> Result<Evaluation, ScoreError> {
        let Paths { paths, in_sample, fitted } = paths;
        let mut scored = Vec::with_capacity(paths.len());
        for backtest in paths {
            scored.push((score_of(&backtest, &in_sample, &self.program.settings.score)?, backtest));
        }
        // Stable: of equal scores the earlier path comes first.
        scored.sort_by(|a, b| a.0.value.total_cmp(&b.0.value));
        let (score, backtest) = scored.swap_remove((scored.len() - 1) / 2);
        let metrics = |span| Metrics::of(&backtest.span(span), backtest.bars_per_year);
        let (in_sample, out_of_sample) = (metrics(Span::InSample), metrics(Span::OutOfSample));
        Ok(Evaluation { in_sample, out_of_sample, score, backtest, fitted })
    }
}

/// The score of a backtest's out-of-sample folds, beside in-sample returns of the same strategy.
///
/// # Errors
///
/// A number that isn't finite.
pub fn score_of(
    backtest: &Backtest,
    in_sample: &[f64],
    settings: &ScoreSettings,
) -> Result<Score, ScoreError> {
    let folds = backtest.returns(Span::OutOfSample);
    let folds: Vec<&[f64]> = folds.iter().map(Vec::as_slice).collect();
    let evidence = Evidence {
        folds: &folds,
        trades: &episodes(&backtest.span(Span::OutOfSample)),
        in_sample: Some(in_sample),
        bars_per_year: backtest.bars_per_year,
    };
    score::score(&evidence, settings)
}

/// Net return on equity at entry of each episode; trades opened at the same tick are one.
fn episodes(runs: &[&FoldRun]) -> Vec<f64> {
    score::episodes(runs.iter().flat_map(|run| {
        run.trades.iter().map(|trade| (trade.entry_tick, trade.pnl / trade.equity_at_entry))
    }))
}

/// The epoch's id: 16 hexadecimal digits over everything that decides a score.
fn epoch(engine: u32, evaluation: &str, data: &str) -> String {
    let mut hash = Sha256::new();
    for part in [engine.to_string().as_str(), evaluation, data] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

//! One evaluation: a strategy over the in-sample and out-of-sample folds, and its score.
//!
//! The holdout is not among the folds: nothing in here can see it.

use sha2::{Digest, Sha256};

use crate::backtest::metrics::Metrics;
use crate::backtest::{self, Backtest, Fold, FoldRun, Span, SplitError};
use crate::expr::Listing;
use crate::market::Market;
use crate::program::{Program, ScoreSettings};
use crate::score::{self, Evidence, Score, ScoreError};
use crate::strategy::Compiled;

/// What all candidates of an epoch are evaluated on.
pub struct Arena<'a> {
    program: &'a Program,
    market: &'a Market,
    listing: Listing,
    folds: Vec<Fold>,
    epoch: String,
}

/// What a strategy did.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Runs of all folds.
    pub backtest: Backtest,
    /// In-sample metrics, folds joined.
    pub in_sample: Metrics,
    /// Out-of-sample metrics, folds joined.
    pub out_of_sample: Metrics,
    /// The score and its parts.
    pub score: Score,
}

impl<'a> Arena<'a> {
    /// Cuts the market into folds and names the epoch.
    ///
    /// # Errors
    ///
    /// A split that the data can't be cut into.
    pub fn new(program: &'a Program, market: &'a Market) -> Result<Self, SplitError> {
        let mut folds = backtest::folds(market.timeline(), &program.settings.split)?;
        folds.retain(|fold| fold.span != Span::Holdout);
        let epoch = epoch(crate::ENGINE, &program.evaluation_hash_input(), market.hash());
        Ok(Self { program, market, listing: Listing::of(market), folds, epoch })
    }

    /// Identifies everything that decides a score. Scores of different epochs are never compared.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The folds of an evaluation: in-sample and out-of-sample.
    pub fn folds(&self) -> &[Fold] {
        &self.folds
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

    /// Backtests a strategy on all folds, in-sample and out-of-sample side by side.
    pub fn backtest(&self, strategy: &Compiled) -> Backtest {
        let settings = &self.program.settings;
        backtest::run(strategy, self.market, &self.folds, &settings.backtest, &settings.costs)
    }

    /// Scores what a backtest found.
    ///
    /// # Errors
    ///
    /// A number that isn't finite, which no finite data should give.
    pub fn score(&self, backtest: Backtest) -> Result<Evaluation, ScoreError> {
        let score = score_of(&backtest, &self.program.settings.score)?;
        let metrics = |span| Metrics::of(&backtest.span(span), backtest.bars_per_year);
        let (in_sample, out_of_sample) = (metrics(Span::InSample), metrics(Span::OutOfSample));
        Ok(Evaluation { in_sample, out_of_sample, score, backtest })
    }
}

/// The score of a backtest's out-of-sample folds, beside its in-sample ones.
///
/// # Errors
///
/// A number that isn't finite.
pub fn score_of(backtest: &Backtest, settings: &ScoreSettings) -> Result<Score, ScoreError> {
    let folds = backtest.returns(Span::OutOfSample);
    let folds: Vec<&[f64]> = folds.iter().map(Vec::as_slice).collect();
    let in_sample = backtest.returns(Span::InSample).concat();
    let evidence = Evidence {
        folds: &folds,
        trades: &episodes(&backtest.span(Span::OutOfSample)),
        in_sample: Some(&in_sample),
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

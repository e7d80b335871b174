//! Figures of trade returns: one table, each figure a row.
//!
//! A trade wins with a return above 0 and loses with one below; a return of 0 is neither. Figures
//! that are unbounded because nothing was lost are undefined, not infinite.

use super::{Figure, Undefined, Value, deviation, finite, is_constant, mean, quantile, sorted};

const NO_LOSS: Undefined = Undefined("no losing trade");
const NO_WIN: Undefined = Undefined("no winning trade");

/// Returns of trades in time order.
#[derive(Debug, Clone)]
pub struct TradeSample {
    returns: Vec<f64>,
    wins: Vec<f64>,
    /// Of losing trades, as positive numbers.
    losses: Vec<f64>,
}

impl TradeSample {
    /// Takes in finite `returns`.
    ///
    /// # Errors
    ///
    /// [`Undefined`] without trades.
    pub fn new(returns: Vec<f64>) -> Result<Self, Undefined> {
        if returns.is_empty() {
            return Err(Undefined("no trades"));
        }
        let wins = returns.iter().copied().filter(|r| *r > 0.0).collect();
        let losses = returns.iter().filter(|r| **r < 0.0).map(|r| -r).collect();
        Ok(Self { returns, wins, losses })
    }

    fn n(&self) -> f64 {
        self.returns.len() as f64
    }

    fn win_rate(&self) -> f64 {
        self.wins.len() as f64 / self.n()
    }

    /// Average win over average loss; 0 with no win.
    fn payoff(&self) -> Value {
        if self.losses.is_empty() {
            return Err(NO_LOSS);
        }
        finite(mean_or_zero(&self.wins) / mean(&self.losses))
    }

    /// √(at most `most`) times mean over deviation.
    fn sqn(&self, most: f64) -> Value {
        if self.returns.len() < 2 {
            return Err(Undefined("fewer than two trades"));
        }
        if is_constant(&self.returns) {
            return Err(Undefined("trade returns don't vary"));
        }
        finite(self.n().min(most).sqrt() * mean(&self.returns) / deviation(&self.returns))
    }

    /// W - (1 - W) / payoff. Without a loss the payoff is unbounded, and Kelly bets everything.
    fn kelly(&self) -> Value {
        match self.payoff() {
            Err(_) => Ok(1.0),
            Ok(payoff) if payoff > 0.0 => {
                finite(self.win_rate() - (1.0 - self.win_rate()) / payoff)
            }
            Ok(_) => Err(NO_WIN),
        }
    }

    fn longest_losing_streak(&self) -> usize {
        let runs = self.returns.chunk_by(|a, b| (*a < 0.0) == (*b < 0.0));
        runs.filter(|run| run[0] < 0.0).map(<[f64]>::len).max().unwrap_or(0)
    }

    fn best(&self) -> f64 {
        self.returns.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    fn over_gross_profit(&self, of: impl Fn(f64) -> f64) -> Value {
        let profit: f64 = self.wins.iter().sum();
        if profit > 0.0 { finite(of(profit)) } else { Err(NO_WIN) }
    }
}

fn mean_or_zero(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { mean(values) }
}

/// All figures in the order in which they are reported.
pub static TABLE: &[Figure<TradeSample>] = &[
    Figure::count("n", "number of trades", |s| Ok(s.n())),
    Figure::count("wins", "trades with a return above 0", |s| Ok(s.wins.len() as f64)),
    Figure::count("losses", "trades with a return below 0", |s| Ok(s.losses.len() as f64)),
    Figure::new("win_rate", "share of trades that won", |s| Ok(s.win_rate())),
    Figure::new("mean", "mean return", |s| finite(mean(&s.returns))),
    Figure::new("median", "median return", |s| Ok(quantile(&sorted(&s.returns), 0.5))),
    Figure::new("average_win", "mean return of winning trades, 0 without one", |s| {
        Ok(mean_or_zero(&s.wins))
    }),
    Figure::new("average_loss", "mean return of losing trades as a positive number", |s| {
        Ok(mean_or_zero(&s.losses))
    }),
    Figure::new("payoff", "average win over average loss", TradeSample::payoff),
    Figure::new("profit_factor", "sum of wins over sum of losses", |s| {
        let lost: f64 = s.losses.iter().sum();
        if lost > 0.0 { finite(s.wins.iter().sum::<f64>() / lost) } else { Err(NO_LOSS) }
    }),
    Figure::new("expectancy_ratio", "win rate × (1 + payoff) - 1", |s| {
        finite(s.win_rate() * (1.0 + s.payoff()?) - 1.0)
    }),
    Figure::new("sqn", "√n × mean over standard deviation (Van Tharp)", |s| {
        s.sqn(f64::INFINITY)
    }),
    Figure::new("sqn_capped_100", "the same with n at most 100", |s| s.sqn(100.0)),
    Figure::new("kelly", "W - (1 - W) / payoff; 1 without a loss", TradeSample::kelly),
    Figure::count("longest_losing_streak", "most losing trades in a row", |s| {
        Ok(s.longest_losing_streak() as f64)
    }),
    Figure::new("mean_without_best", "mean return without the best trade", |s| {
        if s.returns.len() < 2 {
            return Err(Undefined("fewer than two trades"));
        }
        finite((s.returns.iter().sum::<f64>() - s.best()) / (s.n() - 1.0))
    }),
    Figure::new("top1_share_of_gross_profit", "best trade over the sum of wins", |s| {
        s.over_gross_profit(|profit| s.best() / profit)
    }),
    Figure::new("hhi_wins", "concentration of wins: Σ w² / (Σ w)², 1 for a single one", |s| {
        s.over_gross_profit(|profit| s.wins.iter().map(|w| (w / profit) * (w / profit)).sum())
    }),
];

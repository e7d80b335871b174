//! From evidence to score: runs the parts in order and keeps what each of them found.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::combine::{Factors, combine, quality, signed_edge};
use super::error::{Input, ScoreError, check_settings};
use super::sharpe::Sharpe;
use super::shrink::shrink;
use super::{consistency, degradation, drawdown, edge, exposure, limit, tail, trades};
use crate::program::ScoreSettings;

/// What the score sees: out-of-sample only (but for the comparison with in-sample), net of all costs.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// r: simple returns on equity per bar, one slice per fold, folds in time order.
    pub folds: &'a [&'a [f64]],
    /// p: net return on equity at entry of each trade, as [`episodes`](super::episodes) makes them. Their
    /// order doesn't matter.
    pub trades: &'a [f64],
    /// Bar returns of the same strategy in-sample. With fewer than two there is no comparison.
    pub in_sample: Option<&'a [f64]>,
    /// A: bars per year, above 0; 252 for daily bars.
    pub bars_per_year: f64,
}

/// Whether there was anything to score. (`invalid` is a [`ScoreError`].)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Scored.
    Ok,
    /// No trades, only trades of exactly 0, or fewer than two bars: score 0, never promoted.
    NoTrades,
}

/// A score and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The score, in [-100, 100]; 0 with [`Status::NoTrades`].
    pub value: f64,
    /// Whether there was anything to score.
    pub status: Status,
    /// Every intermediate value; `None` with [`Status::NoTrades`].
    pub parts: Option<Parts>,
}

impl Score {
    const NO_TRADES: Self = Self { value: 0.0, status: Status::NoTrades, parts: None };
}

/// Every intermediate value of a score, all finite, in the order of the computation. The names in JSON
/// are stable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Parts {
    /// E, signed edge.
    #[serde(rename = "E")]
    pub edge: f64,
    /// tanh(SR_s / s0).
    #[serde(rename = "E_profit")]
    pub edge_profit: f64,
    /// tanh(e_s / e0).
    #[serde(rename = "E_trade")]
    pub edge_trade: f64,
    /// G, quality.
    #[serde(rename = "G")]
    pub quality: f64,
    /// VIF of the joined folds.
    pub vif: f64,
    /// SR, annualised, corrected by VIF.
    pub sharpe_oos: f64,
    /// se, its standard error.
    pub sharpe_se: f64,
    /// SR_s, shrunken by it.
    pub sharpe_shrunk: f64,
    /// e, return per trade in units of the typical trade.
    pub edge_ratio: f64,
    /// e_s, shrunken by the number of trades.
    pub edge_shrunk: f64,
    /// δ, a positive fraction of equity.
    pub tail_allowance: f64,
    /// n, trades given, without the tail allowance.
    pub n_trades: usize,
    /// N_eff, effective number of trades, tail allowance included.
    pub n_eff: f64,
    /// f_n.
    pub f_trades: f64,
    /// D, a positive fraction.
    pub mdd_at_target_vol: f64,
    /// f_d.
    pub f_drawdown: f64,
    /// f_c.
    pub f_consistency: f64,
    /// z, in standard errors; 0 without an in-sample series.
    pub z_degradation: f64,
    /// f_g.
    pub f_degradation: f64,
    /// Annualised volatility as a fraction.
    pub annual_vol: f64,
    /// f_x.
    pub f_exposure: f64,
    /// M, a positive fraction.
    pub mdd_raw: f64,
    /// f_l.
    pub f_limit: f64,
}

/// Scores `evidence`. Pure: the same input gives the same bits.
///
/// # Errors
/// [`ScoreError::NotFinite`] for NaN or infinity anywhere in the evidence (status `invalid`), even when
/// there are no trades; [`ScoreError::BarsPerYear`] and [`ScoreError::Setting`] for what is out of range.
pub fn score(evidence: &Evidence, settings: &ScoreSettings) -> Result<Score, ScoreError> {
    check_settings(settings)?;
    check_evidence(evidence)?;
    let Some(extended) = Extended::of(evidence, settings) else { return Ok(Score::NO_TRADES) };
    let Some(sharpe) = Sharpe::of(&extended.returns, evidence.bars_per_year) else {
        return Ok(Score::NO_TRADES);
    };
    let parts = measure(evidence, &extended, &sharpe, settings);
    let value = combine(parts.edge, parts.f_trades, parts.quality, settings);
    Ok(Score { value, status: Status::Ok, parts: Some(parts) })
}

/// Joined returns and sorted trades, both with the tail allowance.
struct Extended {
    returns: Vec<f64>,
    trades: Vec<f64>,
    typical: f64,
    tail_allowance: f64,
}

impl Extended {
    /// `None` if there is nothing to score.
    fn of(evidence: &Evidence, settings: &ScoreSettings) -> Option<Self> {
        let mut returns = evidence.folds.concat();
        if returns.len() < 2 {
            return None;
        }
        // Sums round differently in another order: sorted, the same trades give the same bits.
        let mut trades = evidence.trades.to_vec();
        trades.sort_by(f64::total_cmp);
        let typical = trades::typical(&trades)?;
        let tail_allowance = tail::allowance(&trades, typical, settings);
        if tail_allowance > 0.0 {
            trades.push(-tail_allowance);
            returns.push(-tail_allowance);
        }
        Some(Self { returns, trades, typical, tail_allowance })
    }
}

fn measure(
    evidence: &Evidence,
    extended: &Extended,
    sharpe: &Sharpe,
    settings: &ScoreSettings,
) -> Parts {
    let sharpe_shrunk = shrink(sharpe.annual, sharpe.standard_error);
    let n_eff = trades::effective_count(&extended.trades);
    let edge_ratio = edge::ratio(&extended.trades, extended.typical, settings);
    let edge_shrunk = shrink(edge_ratio, 1.0 / n_eff.sqrt());
    let edge = signed_edge(sharpe_shrunk, edge_shrunk, settings);

    let gear = drawdown::gear(sharpe.annual_vol, settings);
    let mdd_at_target_vol = drawdown::max_drawdown(&extended.returns, gear);
    let mdd_raw = drawdown::max_drawdown(&extended.returns, 1.0);
    // The folds are what the account did: no tail allowance, but the joined series' VIF.
    let t_values: Vec<f64> =
        evidence.folds.iter().map(|fold| consistency::t_value(fold, sharpe.vif)).collect();
    let in_sample = evidence.in_sample.and_then(|r| Sharpe::of(r, evidence.bars_per_year));
    let z_degradation = in_sample.map_or(0.0, |in_sample| degradation::z(&in_sample, sharpe));
    let factors = Factors {
        drawdown: drawdown::factor(mdd_at_target_vol, settings),
        consistency: consistency::factor(&t_values),
        degradation: degradation::factor(z_degradation, settings),
        exposure: exposure::factor(sharpe.annual_vol, settings),
        limit: limit::factor(mdd_raw, settings),
    };
    Parts {
        edge: edge.total,
        edge_profit: edge.profit,
        edge_trade: edge.trade,
        quality: quality(&factors, settings),
        vif: sharpe.vif,
        sharpe_oos: sharpe.annual,
        sharpe_se: sharpe.standard_error,
        sharpe_shrunk,
        edge_ratio,
        edge_shrunk,
        tail_allowance: extended.tail_allowance,
        n_trades: evidence.trades.len(),
        n_eff,
        f_trades: trades::factor(n_eff, settings),
        mdd_at_target_vol,
        f_drawdown: factors.drawdown,
        f_consistency: factors.consistency,
        z_degradation,
        f_degradation: factors.degradation,
        annual_vol: sharpe.annual_vol,
        f_exposure: factors.exposure,
        mdd_raw,
        f_limit: factors.limit,
    }
}

fn check_evidence(evidence: &Evidence) -> Result<(), ScoreError> {
    let value = evidence.bars_per_year;
    if !(value.is_finite() && value > 0.0) {
        return Err(ScoreError::BarsPerYear { value });
    }
    for (fold, returns) in evidence.folds.iter().enumerate() {
        check_finite(returns, |bar| Input::Fold { fold, bar })?;
    }
    check_finite(evidence.trades, |trade| Input::Trade { trade })?;
    check_finite(evidence.in_sample.unwrap_or_default(), |bar| Input::InSample { bar })
}

fn check_finite(values: &[f64], place: impl Fn(usize) -> Input) -> Result<(), ScoreError> {
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((index, value)) => Err(ScoreError::NotFinite { input: place(index), value: *value }),
        None => Ok(()),
    }
}

//! The parts in one number: signed edge E, number of trades f_n, quality G.

use crate::program::ScoreSettings;

/// E with its two parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedEdge {
    /// tanh(SR_s / s0): profit per unit of risk and time, in [-1, 1].
    pub profit: f64,
    /// tanh(e_s / e0): profit per trade, in [-1, 1].
    pub trade: f64,
    /// E, their weighted sum, in [-1, 1].
    pub total: f64,
}

/// E = w_profit tanh(SR_s / s0) + w_trade tanh(e_s / e0), from the shrunken annual Sharpe ratio SR_s and
/// the shrunken edge ratio e_s.
pub fn signed_edge(sharpe_shrunk: f64, edge_shrunk: f64, settings: &ScoreSettings) -> SignedEdge {
    let profit = (sharpe_shrunk / settings.s0).tanh();
    let trade = (edge_shrunk / settings.e0).tanh();
    let total = settings.w_profit * profit + settings.w_trade * trade;
    SignedEdge { profit, trade, total }
}

/// The factors of quality, each in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Factors {
    /// f_d
    pub drawdown: f64,
    /// f_c
    pub consistency: f64,
    /// f_g
    pub degradation: f64,
    /// f_x
    pub exposure: f64,
    /// f_l
    pub limit: f64,
}

/// G = f_d^a_d f_c^a_c f_g^a_g f_x^a_x f_l^a_l, in [0, 1].
pub fn quality(factors: &Factors, settings: &ScoreSettings) -> f64 {
    factors.drawdown.powf(settings.a_d)
        * factors.consistency.powf(settings.a_c)
        * factors.degradation.powf(settings.a_g)
        * factors.exposure.powf(settings.a_x)
        * factors.limit.powf(settings.a_l)
}

/// The score from E, f_n and G, in [-100, 100].
///
/// Quality raises a gain from 0 to its full worth and softens a loss by at most one half. So the score
/// never falls when E or G rises, whatever the sign, and passes through 0 without a jump.
pub fn combine(edge: f64, trades_factor: f64, quality: f64, settings: &ScoreSettings) -> f64 {
    let evidence = 100.0 * edge * trades_factor.powf(settings.a_n);
    let value = if edge >= 0.0 { evidence * quality } else { evidence * (1.0 - quality / 2.0) };
    // Adding zero turns -0 into 0: one zero, one spelling.
    value.clamp(-100.0, 100.0) + 0.0
}

//! The edge ratio: return per trade in units of the typical trade.

use crate::program::ScoreSettings;
use crate::stats::to_unit;

/// e = Σ q_i / Σ abs q_i with q_i = min(p_i, cap · med), in [-1, 1].
///
/// Wins are capped at `cap` times the `typical` trade (med), losses never: a windfall isn't an edge, a
/// disaster is one against you. The typical trade is that of the trades as they happened, before the
/// tail allowance joined them. 0 if all q are zero.
pub fn ratio(trades: &[f64], typical: f64, settings: &ScoreSettings) -> f64 {
    let cap = settings.cap * typical;
    let capped: Vec<f64> = trades.iter().map(|p| p.min(cap)).collect();
    let (capped, _) = to_unit(&capped);
    let net: f64 = capped.iter().sum();
    let gross: f64 = capped.iter().map(|q| q.abs()).sum();
    if gross > 0.0 { (net / gross).clamp(-1.0, 1.0) } else { 0.0 }
}

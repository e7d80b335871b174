//! Trades: what counts as one, how many there really are, and whether they are enough.

use crate::program::ScoreSettings;
use crate::stats::to_unit;

/// One net return per episode, in the order of the keys, from `(entry, p)` pairs in any order.
///
/// A trade is one flat-to-flat episode of one symbol, `p` its net return on equity at entry. Episodes
/// that were opened together, on the same `entry` (for instance fold and bar), are summed into one, so
/// that splitting an order over symbols or lots doesn't look like more evidence. The sum doesn't depend
/// on the order of the pairs.
pub fn episodes<K: Ord>(pairs: impl IntoIterator<Item = (K, f64)>) -> Vec<f64> {
    let mut pairs: Vec<(K, f64)> = pairs.into_iter().collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    pairs
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same_entry| same_entry.iter().map(|(_, p)| p).sum())
        .collect()
}

/// med, the typical trade: the median of abs p over p ≠ 0. `None` if there is no such trade.
pub fn typical(trades: &[f64]) -> Option<f64> {
    let mut sizes: Vec<f64> = trades.iter().map(|p| p.abs()).filter(|size| *size > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    let upper = *sizes.get(sizes.len() / 2)?;
    if sizes.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sizes.get(sizes.len() / 2 - 1)?;
    Some(lower.midpoint(upper))
}

/// N_eff = (Σ abs p)² / Σ p², the effective number of trades, in [1, n]: n for equal ones, 1 when one
/// dominates (Kish's effective sample size with weights abs p). 0 if no trade differs from zero.
pub fn effective_count(trades: &[f64]) -> f64 {
    let (scaled, _) = to_unit(trades);
    let sum: f64 = scaled.iter().map(|p| p.abs()).sum();
    let squares: f64 = scaled.iter().map(|p| p * p).sum();
    if squares > 0.0 { (sum * sum / squares).clamp(1.0, trades.len() as f64) } else { 0.0 }
}

/// f_n = N_eff / (N_eff + n0), in [0, 1]: few trades say little, without a cliff.
pub fn factor(effective_count: f64, settings: &ScoreSettings) -> f64 {
    // No trades and n0 = 0 would be 0 / 0.
    if effective_count > 0.0 { effective_count / (effective_count + settings.n0) } else { 0.0 }
}

//! Consistency: one good fold can't carry the rest.

use std::num::NonZeroUsize;

use crate::stats::{Moments, normal};

/// `returns` cut into `folds` parts in time order; the first `T mod folds` are one bar longer. With more
/// folds than bars the last ones are empty.
pub fn split_folds(returns: &[f64], folds: NonZeroUsize) -> Vec<&[f64]> {
    let (length, longer) = (returns.len() / folds, returns.len() % folds);
    let mut rest = returns;
    (0..folds.get())
        .map(|fold| {
            let (head, tail) = rest.split_at(length + usize::from(fold < longer));
            rest = tail;
            head
        })
        .collect()
}

/// t = sr_k √T_k of one fold, with sr_k = mean / sd / √VIF and the VIF of all folds joined.
///
/// A fold of its own is too short to say much about its autocorrelation. 0, no evidence either way,
/// for a fold without variance or with fewer than two bars.
pub fn t_value(fold: &[f64], joined_vif: f64) -> f64 {
    Moments::of(fold).mean_over_sd / joined_vif.sqrt() * (fold.len() as f64).sqrt()
}

/// f_c = mean over folds of Φ(t), in [0, 1]; one half (nothing known) without folds.
pub fn factor(t_values: &[f64]) -> f64 {
    if t_values.is_empty() {
        return 0.5;
    }
    t_values.iter().map(|t| normal::cdf(*t)).sum::<f64>() / t_values.len() as f64
}

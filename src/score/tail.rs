//! The tail allowance: "no loss yet" must not read as "no losses".

use crate::program::ScoreSettings;

/// δ = max(0, tail · med - max(0, -min p)), finite and at least 0.
///
/// A strategy whose worst loss is below `tail` times its `typical` trade (med) is charged one more
/// trade and one more bar of return -δ: enough to make up the difference. One that has shown such a
/// loss pays nothing.
pub fn allowance(trades: &[f64], typical: f64, settings: &ScoreSettings) -> f64 {
    let worst_loss = trades.iter().fold(0.0_f64, |worst, p| worst.max(-p));
    (settings.tail * typical - worst_loss).clamp(0.0, f64::MAX)
}

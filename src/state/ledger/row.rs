//! The out-of-sample returns of a trial, small enough to keep for every trial: at most 256 cells of 8 bits.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most cells of a row.
pub const MOST_CELLS: usize = 256;

/// Returns in time order, summed over as many neighbouring bars as fit them into 256 cells, each rounded to 1/127 of the
/// largest. Enough for correlations and for Sharpe ratios of a tenth of the bars; not for anything to the last digit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// What one step of a cell is worth, as a fraction.
    unit: f64,
    /// One signed byte per cell, in base64 without padding.
    cells: String,
}

impl Row {
    /// The row of finite returns, one per bar.
    pub fn of(returns: &[f64]) -> Self {
        let sums: Vec<f64> =
            returns.chunks(bars_per_cell(returns.len())).map(|bars| bars.iter().sum()).collect();
        let largest = sums.iter().fold(0.0_f64, |most, sum| most.max(sum.abs()));
        let unit = largest / 127.0;
        let byte = |sum: &f64| if unit > 0.0 { (sum / unit).round() as i8 } else { 0 };
        let bytes: Vec<u8> = sums.iter().map(|sum| byte(sum).cast_unsigned()).collect();
        Self { unit, cells: STANDARD_NO_PAD.encode(bytes) }
    }

    /// The return of each cell; `None` for a text that is no row.
    pub fn returns(&self) -> Option<Vec<f64>> {
        let bytes = STANDARD_NO_PAD.decode(&self.cells).ok()?;
        if bytes.len() > MOST_CELLS || !self.unit.is_finite() {
            return None;
        }
        Some(bytes.into_iter().map(|byte| f64::from(byte.cast_signed()) * self.unit).collect())
    }
}

/// How many bars one cell sums up.
pub fn bars_per_cell(bars: usize) -> usize {
    bars.div_ceil(MOST_CELLS).max(1)
}

//! Wealth and its falls from the highest level so far.

/// Wealth from 1 before the first return on: one longer than `returns`. Ruin, wealth of 0 or below,
/// is final: it stays at 0 whatever comes after.
pub fn wealth(returns: &[f64]) -> Vec<f64> {
    let mut wealth = Vec::with_capacity(returns.len() + 1);
    let mut level = 1.0_f64;
    wealth.push(level);
    for r in returns {
        level = (level * (1.0 + r)).max(0.0);
        wealth.push(level);
    }
    wealth
}

/// The maximum drawdown of compounded `returns`: the largest fall from the highest wealth so far,
/// the start included, as a positive fraction of it. 0 without a fall, 1 at ruin.
pub fn max_drawdown(returns: &[f64]) -> f64 {
    let (mut level, mut peak, mut deepest) = (1.0_f64, 1.0_f64, 0.0_f64);
    for r in returns {
        level = (level * (1.0 + r)).max(0.0);
        peak = peak.max(level);
        deepest = deepest.max(1.0 - level / peak);
    }
    deepest
}

/// The drawdowns of a wealth curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawdowns {
    /// At each point after the start, a positive fraction of the highest wealth so far.
    pub depths: Vec<f64>,
    /// The deepest one, if there is any.
    pub deepest: Option<Deepest>,
}

/// Where the maximum drawdown lies. Indices count points of wealth, 0 being before the first
/// return.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deepest {
    /// Its depth as a positive fraction.
    pub depth: f64,
    /// The last point at its peak.
    pub peak: usize,
    /// Its lowest point, the first of equals.
    pub trough: usize,
    /// The first point after the trough that is at the peak's level again, if it was reached.
    pub recovery: Option<usize>,
}

impl Drawdowns {
    /// The drawdowns of [`wealth`].
    pub fn of(wealth: &[f64]) -> Self {
        let mut depths = Vec::with_capacity(wealth.len().saturating_sub(1));
        let mut deepest: Option<Deepest> = None;
        let mut peak = (0, wealth.first().copied().unwrap_or(1.0));
        for (at, &level) in wealth.iter().enumerate().skip(1) {
            if level >= peak.1 {
                peak = (at, level);
            }
            let depth = 1.0 - level / peak.1;
            depths.push(depth);
            if depth > deepest.map_or(0.0, |deepest| deepest.depth) {
                deepest = Some(Deepest { depth, peak: peak.0, trough: at, recovery: None });
            }
        }
        if let Some(deepest) = &mut deepest {
            let level = wealth[deepest.peak];
            deepest.recovery = (deepest.trough..wealth.len()).find(|at| wealth[*at] >= level);
        }
        Self { depths, deepest }
    }

    /// Lengths in bars of all stretches below the highest wealth so far; the last may still be
    /// open.
    pub fn stretches(&self) -> Vec<usize> {
        let below = self.depths.chunk_by(|a, b| (*a > 0.0) == (*b > 0.0));
        below.filter(|stretch| stretch[0] > 0.0).map(<[f64]>::len).collect()
    }

    /// Bars since the last peak, 0 at a peak.
    pub fn open_bars(&self) -> usize {
        self.depths.iter().rev().take_while(|depth| **depth > 0.0).count()
    }
}

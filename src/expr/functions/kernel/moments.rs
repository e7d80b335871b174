//! Variance, weighted mean and trend of a window, joined without cancellation.

use super::Summary;

/// Mean and sum of squared deviations from it.
///
/// Stretches are joined by the update of Chan, Golub and LeVeque (1983). It only ever adds squares,
/// so a small variance around a large mean keeps its digits, and equal values give exactly zero. An
/// undefined value makes the mean undefined, and with it everything that it is joined to.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Moments {
    length: f64,
    /// The mean.
    pub mean: f64,
    squares: f64,
}

impl Moments {
    /// Variance with ddof 0, as TA-Lib has it.
    #[inline]
    pub(in crate::expr::functions) fn variance(self) -> f64 {
        self.squares / self.length
    }

    /// Variance with ddof 1.
    #[inline]
    pub(in crate::expr::functions) fn sample_variance(self) -> f64 {
        self.squares / (self.length - 1.0)
    }

    /// Standard deviation with ddof 0.
    #[inline]
    pub(in crate::expr::functions) fn deviation(self) -> f64 {
        self.variance().sqrt()
    }
}

impl Summary for Moments {
    type Value = f64;
    const EMPTY: Self = Self { length: 0.0, mean: 0.0, squares: 0.0 };

    #[inline]
    fn of(x: f64) -> Self {
        Self { length: 1.0, mean: x, squares: 0.0 }
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        let length = self.length + newer.length;
        let share = newer.length / length;
        let step = newer.mean - self.mean;
        Self {
            length,
            mean: self.mean + step * share,
            squares: self.squares + newer.squares + step * step * (self.length * share),
        }
    }
}

/// Sum of values weighted 1, 2, 3, … from the oldest to the newest.
#[derive(Clone, Copy)]
pub(super) struct Weighted {
    length: f64,
    sum: f64,
    /// The weighted sum.
    pub total: f64,
}

impl Summary for Weighted {
    type Value = f64;
    const EMPTY: Self = Self { length: 0.0, sum: 0.0, total: 0.0 };

    #[inline]
    fn of(x: f64) -> Self {
        Self { length: 1.0, sum: x, total: x }
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        Self {
            length: self.length + newer.length,
            sum: self.sum + newer.sum,
            // Each newer value moves up by as many weights as there are older ones.
            total: self.total + newer.total + self.length * newer.sum,
        }
    }
}

/// Mean of the values and their co-moment with time: the least-squares line through a stretch.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Trend {
    length: f64,
    mean: f64,
    /// Sum of (time - mean time) × (value - mean value).
    comoment: f64,
}

impl Trend {
    /// Change per bar along the line.
    pub(in crate::expr::functions) fn slope(self) -> f64 {
        let n = self.length;
        self.comoment / (n * (n * n - 1.0) / 12.0)
    }

    /// The line's value at the newest bar.
    pub(in crate::expr::functions) fn end(self) -> f64 {
        self.mean + self.slope() * (self.length - 1.0) / 2.0
    }

    /// The line's value at the oldest bar.
    pub(in crate::expr::functions) fn start(self) -> f64 {
        self.mean - self.slope() * (self.length - 1.0) / 2.0
    }

    /// The variance (ddof 0) of the line's own values.
    pub(in crate::expr::functions) fn explained(self) -> f64 {
        self.slope() * self.comoment / self.length
    }
}

impl Summary for Trend {
    type Value = f64;
    const EMPTY: Self = Self { length: 0.0, mean: 0.0, comoment: 0.0 };

    #[inline]
    fn of(x: f64) -> Self {
        Self { length: 1.0, mean: x, comoment: 0.0 }
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        let length = self.length + newer.length;
        let share = newer.length / length;
        let step = newer.mean - self.mean;
        // The mean times of two stretches that touch are half their joint length apart.
        let cross = step * (length / 2.0) * (self.length * share);
        Self {
            length,
            mean: self.mean + step * share,
            comoment: self.comoment + newer.comoment + cross,
        }
    }
}

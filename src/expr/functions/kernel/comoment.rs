//! How two series move together within a window.

use super::Summary;

/// Means, sums of squared deviations, and the sum of the products of deviations of x and y.
///
/// Stretches are joined as those of one series are: nothing is subtracted but means, so correlation
/// around large means keeps its digits. A series of equal values has squares of exactly zero.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Comoment {
    length: f64,
    means: [f64; 2],
    squares: [f64; 2],
    products: f64,
}

impl Comoment {
    /// Pearson's correlation; undefined where one of the series doesn't move.
    pub(in crate::expr::functions) fn correlation(self) -> f64 {
        let [x, y] = self.squares;
        // The product of the roots, not the root of the product, which could overflow.
        let value = self.products / (x.sqrt() * y.sqrt());
        // Rounding must not lead out of the range.
        if value.abs() > 1.0 { value.signum() } else { value }
    }

    /// Slope of the least-squares line of x over y; undefined where y doesn't move.
    pub(in crate::expr::functions) fn slope(self) -> f64 {
        self.products / self.squares[1]
    }
}

impl Summary for Comoment {
    type Value = [f64; 2];
    const EMPTY: Self = Self { length: 0.0, means: [0.0; 2], squares: [0.0; 2], products: 0.0 };

    #[inline]
    fn of(means: [f64; 2]) -> Self {
        Self { length: 1.0, means, ..Self::EMPTY }
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        let length = self.length + newer.length;
        let share = newer.length / length;
        let weight = self.length * share;
        let [x, y] = [0, 1].map(|i| newer.means[i] - self.means[i]);
        Self {
            length,
            means: [self.means[0] + x * share, self.means[1] + y * share],
            squares: [
                self.squares[0] + newer.squares[0] + x * x * weight,
                self.squares[1] + newer.squares[1] + y * y * weight,
            ],
            products: self.products + newer.products + x * y * weight,
        }
    }
}

//! Skewness and kurtosis of a window.

use super::Summary;

/// Mean and sums of the second, third and fourth powers of the deviations from it.
///
/// Stretches are joined by the update of Pébay (2008), which like that of the variance works on
/// deviations only. Equal values give sums of exactly zero, and so an undefined shape.
#[derive(Clone, Copy)]
pub(in crate::expr::functions) struct Shape {
    length: f64,
    mean: f64,
    squares: f64,
    cubes: f64,
    fourths: f64,
}

impl Shape {
    /// Skewness g1: the third central moment over the second to the power 1.5, both dividing by n.
    pub(in crate::expr::functions) fn skewness(self) -> f64 {
        let variance = self.squares / self.length;
        self.cubes / self.length / (variance * variance.sqrt())
    }

    /// Kurtosis: the fourth central moment over the square of the second, both dividing by n.
    pub(in crate::expr::functions) fn kurtosis(self) -> f64 {
        let variance = self.squares / self.length;
        self.fourths / self.length / (variance * variance)
    }
}

impl Summary for Shape {
    type Value = f64;
    const EMPTY: Self = Self { length: 0.0, mean: 0.0, squares: 0.0, cubes: 0.0, fourths: 0.0 };

    #[inline]
    fn of(x: f64) -> Self {
        Self { length: 1.0, mean: x, ..Self::EMPTY }
    }

    #[inline]
    fn then(self, newer: Self) -> Self {
        let length = self.length + newer.length;
        let (old, new) = (self.length / length, newer.length / length);
        let step = newer.mean - self.mean;
        let square = step * step * (self.length * new);
        Self {
            length,
            mean: self.mean + step * new,
            squares: self.squares + newer.squares + square,
            cubes: self.cubes
                + newer.cubes
                + square * step * (old - new)
                + 3.0 * step * (old * newer.squares - new * self.squares),
            fourths: self.fourths
                + newer.fourths
                + square * step * step * (old * old - old * new + new * new)
                + 6.0 * step * step * (old * old * newer.squares + new * new * self.squares)
                + 4.0 * step * (old * newer.cubes - new * self.cubes),
        }
    }
}

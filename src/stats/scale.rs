//! Exact scaling, so that sums of squares neither overflow nor vanish.
//!
//! Dividing by a power of two changes no digit. A quantity that doesn't depend on the unit of its
//! input (a Sharpe ratio, a skew, an effective number of trades) is therefore the same to the bit
//! after scaling, but finite for returns of 1e300 and of 1e-300.

use super::mean;

/// `values` divided by a power of two so that the largest magnitude lies in [1, 2), and that power.
/// Values that are all zero stay as they are, with power 1. The values must be finite.
pub fn to_unit(values: &[f64]) -> (Vec<f64>, f64) {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let unit = if largest > 0.0 { power_of_two_up_to(largest) } else { 1.0 };
    (values.iter().map(|value| value / unit).collect(), unit)
}

/// The deviations of finite `values` from their mean, and that mean, both in the unit of
/// [`to_unit`]. There has to be a value.
pub fn deviations(values: &[f64]) -> (Vec<f64>, f64) {
    let (mut deviations, _) = to_unit(values);
    let mean = mean(&deviations);
    for value in &mut deviations {
        *value -= mean;
    }
    (deviations, mean)
}

/// The largest power of two that isn't above `value` (finite and above 0).
fn power_of_two_up_to(value: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    let exponent = value.to_bits() & EXPONENT;
    if exponent > 0 {
        return f64::from_bits(exponent);
    }
    // Subnormal: no exponent bits, so the highest bit of the fraction is the power.
    f64::from_bits(1 << value.to_bits().ilog2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_magnitude_lands_in_one_to_two_and_comes_back_exactly() {
        for value in [1.0, 0.3, -7.5, f64::MAX, f64::MIN_POSITIVE, 1e-310, 5e-324] {
            let (scaled, unit) = to_unit(&[value, 0.0]);
            assert!((1.0..2.0).contains(&scaled[0].abs()), "{value}: {scaled:?}");
            assert_eq!((scaled[0] * unit).to_bits(), value.to_bits());
        }
        assert_eq!(to_unit(&[0.0, -0.0]).1.to_bits(), 1.0_f64.to_bits());
    }
}

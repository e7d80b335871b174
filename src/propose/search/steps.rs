//! By how much a number moves, and how it is written.

use super::numbers::Use;

/// Factors by which a number moves, from a touch to a leap. A gain from less than a tenth would be luck.
const STEPS: [f64; 7] = [1.1, 1.15, 1.2, 1.3, 1.45, 1.65, 2.0];
/// Parts of its range by which a parameter moves whose bounds include zero.
const PARTS: [f64; 5] = [0.03, 0.07, 0.15, 0.25, 0.4];

/// A value moved `up` or down by step `size` in 0..1, small to large: rounded to what a person would
/// write, within its bounds; none if it can't move.
pub(super) fn step(number: &Use, up: bool, size: f64) -> Option<f64> {
    let (least, most) = number.bounds;
    let at = |table: &[f64]| {
        let last = table.len() - 1;
        table[((table.len() as f64 * size) as usize).min(last)]
    };
    let spans_zero = least <= 0.0 && (least.is_finite() && most.is_finite());
    let moved = if number.param.is_some() && spans_zero {
        let part = at(&PARTS) * (most - least);
        if up { number.value + part } else { number.value - part }
    } else {
        // Farther from zero is down for a negative number.
        let grows = up == (number.value > 0.0);
        if grows { number.value * at(&STEPS) } else { number.value / at(&STEPS) }
    };
    let written = if number.whole { round_whole(moved) } else { round(moved, 2) };
    let sufficient = if up { written > number.value } else { written < number.value };
    let rounded = match (sufficient, number.whole) {
        (true, _) => written,
        (false, true) => number.value + if up { 1.0 } else { -1.0 },
        (false, false) => round(moved, 3),
    };
    let bounded = rounded.clamp(least, most);
    let moves = if up { bounded > number.value } else { bounded < number.value };
    (bounded.is_finite() && moves).then_some(bounded)
}

/// A number as a person would write it.
pub(super) fn written(value: f64, whole: bool) -> f64 {
    if whole { round_whole(value) } else { round(value, 3) }
}

/// A whole number, from 50 on a multiple of five: nobody means 137 bars.
fn round_whole(value: f64) -> f64 {
    if value.abs() < 50.0 { value.round() } else { (value / 5.0).round() * 5.0 }
}

/// A number to this many significant digits.
pub(super) fn round(value: f64, digits: usize) -> f64 {
    // Printing rounds correctly on every system; powers of ten would not.
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    text.parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::super::numbers::uses;
    use super::*;
    use crate::strategy::Strategy;

    fn strategy(rules: &str) -> Strategy {
        let text = format!(
            "[params]\nfast = {{ value = 20, min = 5, max = 60 }}\n\
             shift = {{ value = 0.0, min = -1.0, max = 1.0 }}\n{rules}"
        );
        Strategy::parse("strategy.toml", &text).unwrap()
    }

    #[test]
    fn steps_stay_in_bounds_move_the_right_way_and_read_well() {
        let strategy = strategy("[long]\nenter = 'close[fast] > shift + 37.7'\nexit = 'close < 1'");
        for number in uses(&strategy) {
            for i in 0..20 {
                for up in [true, false] {
                    let Some(new) = step(&number, up, f64::from(i) / 20.0) else { continue };
                    assert!(if up { new > number.value } else { new < number.value });
                    assert!((number.bounds.0..=number.bounds.1).contains(&new), "{number:?} {new}");
                    assert!(!number.whole || new.fract() == 0.0);
                    assert!(new.to_string().len() <= 6, "{new}");
                }
            }
        }
    }

    #[test]
    fn a_number_at_its_bound_does_not_move_beyond() {
        let rules = "[long]\nenter = 'close > close[fast]'\n[risk]\nmax_bars = 5";
        let mut at_bound = uses(&strategy(rules))[0].clone();
        at_bound.value = 60.0;
        assert_eq!(step(&at_bound, true, 0.5), None);
        assert!(step(&at_bound, false, 0.0).is_some());
    }
}

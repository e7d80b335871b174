//! `aroon(n)`: how recent the extremes are.

use super::kernel::{Recency, Sliding};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "aroon",
    group: Group::Oscillator,
    summary: "Aroon, 0 to 100: 100 × (n - bars since the highest high, or lowest low, of the \
              last n + 1 bars) / n; of equal extremes the latest counts.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low],
    outputs: &["up", "down"],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let n = c[0];
        let [mut highest, mut lowest] = [n as usize + 1; 2].map(Sliding::<Recency>::new);
        per_bar(move |[high, low]| {
            let (up, down) = (highest.push(high).since, lowest.push(-low).since);
            let both = |value: f64| if up.is_nan() || down.is_nan() { f64::NAN } else { value };
            [up, down].map(|since| both(100.0 * (n - since) / n))
        })
    },
    fold: None,
    example: "aroon(25).up > aroon(25).down",
};

//! `adosc(fast, slow)`: Chaikin's oscillator.

use super::kernel::Accumulation;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "adosc",
    group: Group::Volume,
    summary: "Chaikin's oscillator: the fast minus the slow exponential average of the \
              accumulation/distribution line, both started with its first value.",
    parameters: &[Parameter::window("fast", 1).or(3.0), Parameter::window("slow", 1).or(10.0)],
    implicit: &[Series::High, Series::Low, Series::Close, Series::Volume],
    outputs: &[],
    condition: false,
    first: |c| c[0].max(c[1]) as usize - 1,
    build: |c| {
        let mut line = Accumulation::new();
        let shares = [c[0], c[1]].map(|n| 2.0 / (n + 1.0));
        let mut averages = [f64::NAN; 2];
        let mut hidden = c[0].max(c[1]) as usize - 1;
        per_bar(move |bar| {
            let now = line.push(bar);
            if now.is_nan() {
                return [now];
            }
            for (average, share) in averages.iter_mut().zip(shares) {
                *average = if average.is_nan() { now } else { *average + share * (now - *average) };
            }
            if hidden > 0 {
                hidden -= 1;
                return [f64::NAN];
            }
            [averages[0] - averages[1]]
        })
    },
    fold: None,
    example: "cross_above(adosc(3, 10), 0)",
};

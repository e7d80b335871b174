//! `yang_zhang(n)`: volatility with gaps between bars.

use super::kernel::{Moments, RollingMean, Sliding, driftless_variance};
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "yang_zhang",
    group: Group::Volatility,
    summary: "Volatility per bar with the gaps between bars, whatever the drift (Yang and \
              Zhang, 2000): the root of o + k × c + (1 - k) × r, where o is the variance \
              of log(open / close[1]) and c that of log(close / open) over n bars, both \
              dividing by n - 1, r is the square of rogers_satchell(n), and k = 0.34 / \
              (1.34 + (n + 1) / (n - 1)).",
    parameters: &[Parameter::window("n", 2)],
    implicit: &[Series::Open, Series::High, Series::Low, Series::Close],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let n = c[0] as usize;
        let [mut gaps, mut bodies] = [n; 2].map(Sliding::<Moments>::new);
        let mut mean = RollingMean::new(n);
        let share = 0.34 / (1.34 + (c[0] + 1.0) / (c[0] - 1.0));
        let mut last_close = f64::NAN;
        per_bar(move |[open, high, low, close]| {
            let last_close = std::mem::replace(&mut last_close, close);
            let gap = gaps.push(libm::log(open / last_close)).sample_variance();
            let (within, body) = driftless_variance([open, high, low, close]);
            let (within, body) = (mean.push(within), bodies.push(body).sample_variance());
            [(gap + share * body + (1.0 - share) * within).sqrt()]
        })
    },
    fold: None,
    example: "yang_zhang(20) * sqrt(252) < 0.25",
};

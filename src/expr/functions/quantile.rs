//! `quantile(x, n, q)`: a quantile.

use super::kernel::SortedWindow;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "quantile",
    group: Group::Statistics,
    summary: "The q-quantile of the last n values, between neighbours in proportion (type \
              7 of Hyndman and Fan, as NumPy and R have it): q = 0 is the lowest, 0.5 the \
              median, 1 the highest.",
    parameters: &[
        Parameter::number("x"),
        Parameter::window("n", 1),
        Parameter::constant("q", 0.0, 1.0),
    ],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let n = c[0] as usize;
        let place = c[1] * (n - 1) as f64;
        let (below, share) = (place.floor() as usize, place.fract());
        let above = (below + 1).min(n - 1);
        let mut window = SortedWindow::new(n);
        map(move |x| {
            window
                .push(x)
                .map_or(f64::NAN, |values| values[below] + share * (values[above] - values[below]))
        })
    },
    fold: None,
    example: "volume > quantile(volume, 100, 0.9)",
};

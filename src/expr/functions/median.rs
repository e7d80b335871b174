//! `median(x, n)`: the median.

use super::kernel::SortedWindow;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "median",
    group: Group::Statistics,
    summary: "Median of the last n values; for an even n the mean of the two in the middle.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = SortedWindow::new(c[0] as usize);
        map(move |x| {
            window.push(x).map_or(f64::NAN, |values| {
                let n = values.len();
                0.5 * values[(n - 1) / 2] + 0.5 * values[n / 2]
            })
        })
    },
    fold: None,
    example: "volume > 2 * median(volume, 50)",
};

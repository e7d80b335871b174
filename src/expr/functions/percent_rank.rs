//! `percent_rank(x, n)`: the rank within the window.

use super::kernel::SortedWindow;
use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "percent_rank",
    group: Group::Statistics,
    summary: "Rank of x among the last n values, 0 (lowest) to 100 (highest): the percentage \
              of the other n - 1 that are lower, those equal to x counting half.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = SortedWindow::new(c[0] as usize);
        map(move |x| {
            window.push(x).map_or(f64::NAN, |values| {
                let lower = values.partition_point(|v| *v < x);
                let equal = values.partition_point(|v| *v <= x) - lower - 1;
                100.0 * (lower as f64 + 0.5 * equal as f64) / (values.len() - 1) as f64
            })
        })
    },
    fold: None,
    example: "percent_rank(natr(14), 252) < 20",
};

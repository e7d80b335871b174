//! `correl(x, y, n)`: the correlation.

use super::kernel::{Comoment, Sliding};
use super::operator::per_bar;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "correl",
    group: Group::Statistics,
    summary: "Pearson's correlation of x and y over the last n bars, -1 to 1; undefined \
              where one of them doesn't change.",
    parameters: &[Parameter::number("x"), Parameter::number("y"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Comoment>::new(c[0] as usize);
        per_bar(move |both| [window.push(both).correlation()])
    },
    fold: None,
    example: "correl(log_return(close), log_return(volume), 20) > 0",
};

//! `rsi(x, n)`: Wilder's relative strength index.

use super::kernel::Strength;
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "rsi",
    group: Group::Oscillator,
    summary: "Wilder's relative strength index, 0 to 100: 100 × average rise / (average rise \
              + average fall), both Wilder's averages over n changes; 0 where nothing \
              changed.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 1)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize,
    build: |c| {
        let mut strength = Strength::new(c[0]);
        columns(move |[x], out| strength.run(x, out))
    },
    fold: None,
    example: "cross_above(rsi(close, 14), 30)",
};

//! `minus_dm(n)`: Wilder's -DM.

use super::kernel::Movement;
use super::operator::per_bar;
use super::{Function, Group, Parameter};
use crate::expr::Series;

pub(super) static FUNCTION: Function = Function {
    name: "minus_dm",
    group: Group::Oscillator,
    summary: "Wilder's -DM, in price: downward movement, which is the fall of the low \
              where it is larger than the rise of the high, summed over the first n - 1 \
              bars; from then on the sum gives up an n-th of itself before it takes the \
              next movement.",
    parameters: &[Parameter::window("n", 1)],
    implicit: &[Series::High, Series::Low],
    outputs: &[],
    condition: false,
    first: |c| (c[0] as usize).max(2) - 1,
    build: |c| {
        let mut movement = Movement::new(c[0]);
        per_bar(move |[high, low]| [movement.push(high, low)[1]])
    },
    fold: None,
    example: "minus_dm(14) > plus_dm(14)",
};

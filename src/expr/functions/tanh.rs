//! `tanh(x)`: squeezed into -1 to 1.

use super::operator::map;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "tanh",
    group: Group::Arithmetic,
    summary: "Hyperbolic tangent: x where it is small, and ever closer to -1 or 1 where it \
              is large.",
    parameters: &[Parameter::number("x")],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |_| 0,
    build: |_| map(libm::tanh),
    fold: Some(|x| libm::tanh(x[0])),
    example: "abs(tanh(zscore(close, 60)))",
};

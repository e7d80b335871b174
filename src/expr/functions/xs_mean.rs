//! `xs_mean(x)`: the mean of the universe.

use super::reach::gather;
use super::{Group, Parameter, Place, Reach};

pub(super) static FUNCTION: Reach = Reach {
    name: "xs_mean",
    group: Group::Universe,
    summary: "Mean of x over the symbols of the universe that have a bar and a value here: the same \
              number for each of them.",
    parameters: &[Parameter::number("x")],
    defined: "defined where x of any symbol is",
    place: Place::Universe(mean),
    example: "xs_mean(if(close > sma(close, 50), 1, 0)) > 0.5",
};

fn mean(values: &mut [f64], defined: &mut Vec<f64>) {
    gather(values, defined);
    // Without any value, 0 / 0 is undefined.
    let mean = defined.iter().sum::<f64>() / defined.len() as f64;
    values.fill(mean);
}

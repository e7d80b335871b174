//! `xs_rank(x)`: the rank in the universe.

use super::reach::gather;
use super::{Group, Parameter, Place, Reach};

pub(super) static FUNCTION: Reach = Reach {
    name: "xs_rank",
    group: Group::Universe,
    summary: "Rank of x among the symbols of the universe at this bar, 0 (lowest) to 1 (highest): the \
              part of the others that are lower, those equal to x counting half; 0.5 without others.",
    parameters: &[Parameter::number("x")],
    defined: "defined where x is",
    place: Place::Universe(rank),
    example: "xs_rank(roc(close, 60)) > 0.8",
};

fn rank(values: &mut [f64], sorted: &mut Vec<f64>) {
    gather(values, sorted);
    sorted.sort_by(f64::total_cmp);
    for value in values.iter_mut().filter(|value| !value.is_nan()) {
        let lower = sorted.partition_point(|other| *other < *value);
        let equal = sorted.partition_point(|other| *other <= *value) - lower - 1;
        *value = match sorted.len() - 1 {
            0 => 0.5,
            others => (lower as f64 + 0.5 * equal as f64) / others as f64,
        };
    }
}

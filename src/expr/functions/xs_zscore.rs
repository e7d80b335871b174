//! `xs_zscore(x)`: the distance from the mean of the universe.

use super::reach::gather;
use super::{Group, Parameter, Place, Reach};

pub(super) static FUNCTION: Reach = Reach {
    name: "xs_zscore",
    group: Group::Universe,
    summary: "Distance of x from its mean over the symbols of the universe at this bar, in population \
              standard deviations (ddof 0).",
    parameters: &[Parameter::number("x")],
    defined: "defined where x is and not all symbols have the same",
    place: Place::Universe(score),
    example: "xs_zscore(roc(close, 20)) < -1",
};

fn score(values: &mut [f64], defined: &mut Vec<f64>) {
    gather(values, defined);
    // Rounding must not make a spread where there is none.
    #[expect(clippy::float_cmp, reason = "exact equality is what no spread is")]
    let has_spread = defined.windows(2).any(|pair| pair[0] != pair[1]);
    let count = defined.len() as f64;
    let mean = defined.iter().sum::<f64>() / count;
    let variance = defined.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    for value in values {
        *value = if has_spread { (*value - mean) / variance.sqrt() } else { f64::NAN };
    }
}

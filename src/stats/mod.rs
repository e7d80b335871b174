//! Statistical inference: how much of a result is evidence, and how much is luck.
//!
//! Values in, values out: slices of returns, matrices of trials, moments. Nothing here touches
//! files, state, strategies or the clock; random numbers come from a seed and are the same for any
//! number of threads. Conventions, unless a function says otherwise: returns are simple and per
//! bar, the risk-free rate is 0, standard deviations have ddof 1, skew and kurtosis are the biased
//! g1 and the raw g2 (3 for a normal), Sharpe ratios are per bar and annualised only where the name
//! says so. What has no value is [`Undefined`] with a reason: never 0, NaN or infinite.
//! `docs/statistics.md` has every formula with its source and its limits.
//!
//! | question | here |
//! |---|---|
//! | how good was it? | [`returns`], [`trades`], [`serial`] |
//! | is the Sharpe ratio above a benchmark, given how many were tried? | [`sharpe`], [`luck`] |

pub mod luck;
mod moments;
pub mod normal;
mod sample;
mod scale;
pub mod sharpe;
mod value;

pub use moments::{Moments, is_constant};
pub use sample::{deviation, mean, quantile, sorted};
pub use scale::to_unit;
pub use value::{Undefined, Value};

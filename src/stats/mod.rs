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
//! | how good was it? | [`returns`], [`trades`], [`drawdown`], [`serial`] |
//! | how far could that be off? | [`interval`], [`resample`], [`block_length`] |
//! | is the Sharpe ratio above a benchmark, given how many were tried? | [`sharpe`], [`luck`] |
//! | how many were tried, really? | [`effective`], [`multiple`] |
//! | does choosing the best in-sample find what is good out-of-sample? | [`pbo`] |
//! | is the best better than the benchmark? | [`spa`] |
//! | does the timing matter? | [`permutation`] |

pub mod block_length;
pub mod drawdown;
pub mod effective;
mod figure;
pub mod interval;
pub mod luck;
mod matrix;
mod moments;
pub mod multiple;
pub mod normal;
pub mod pbo;
pub mod permutation;
pub mod resample;
pub mod returns;
mod sample;
mod scale;
pub mod serial;
pub mod sharpe;
pub mod spa;
pub mod trades;
mod value;

pub use figure::Figure;
pub use matrix::{Matrix, MatrixError};
pub use moments::{Moments, is_constant};
pub use sample::{deviation, mean, quantile, sorted};
pub use scale::{deviations, to_unit};
pub use value::{Undefined, Value, finite};

//! Splits and statistical inference, held to other packages' numbers and to their own laws.
#![expect(clippy::float_cmp, reason = "borders are exact: a PBO of 0 is 0")]

mod backtest;
mod basics;
mod command;
mod effective;
mod figures;
pub mod oracle;
mod page;
mod pbo;
mod resampling;
mod sharpe;
mod spa;
mod splits;

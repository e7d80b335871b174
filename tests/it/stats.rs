//! Splits and statistical inference, held to other packages' numbers and to their own laws.

mod backtest;
mod basics;
mod effective;
mod figures;
pub mod oracle;
mod pbo;
mod resampling;
mod sharpe;
mod spa;
mod splits;

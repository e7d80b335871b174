//! The integration tests, one binary.

mod backtest_oracle;
mod market;
mod program;
mod score;

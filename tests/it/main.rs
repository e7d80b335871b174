//! The integration tests, one binary.

mod backtest_oracle;
mod program;
mod score;

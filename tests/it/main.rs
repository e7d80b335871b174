//! The integration tests, one binary.

mod architecture;
mod backtest_docs;
mod backtest_oracle;
mod market;
mod program;
mod scan;
mod score;

//! The integration tests, one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where it can't go on, and clippy doesn't recognise helpers of tests"
)]

mod architecture;
mod backtest;
mod backtest_docs;
mod backtest_oracle;
mod campaign;
mod canary;
mod certify;
mod cli;
mod decide;
mod disclosure;
mod expr;
mod fetch;
mod figures;
mod functions;
mod git;
mod github;
mod hostile;
mod ledger;
mod llm;
mod market;
mod program;
mod propose;
mod reach;
mod reconcile;
mod recovery_docs;
mod report;
mod review;
mod scan;
mod score;
mod search;
mod state;
mod state_again;
mod stats;
mod strategy;
mod study;
mod table;
mod tidy;

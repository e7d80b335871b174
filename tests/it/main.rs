//! The integration tests, one binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do; clippy only recognises `#[test]` functions"
)]

mod git;
mod reconcile;
mod state;

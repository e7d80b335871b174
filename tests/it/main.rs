//! The integration tests, one binary.

mod git;
mod reconcile;
mod state;

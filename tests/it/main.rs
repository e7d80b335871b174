//! The integration tests, one binary.

mod market;

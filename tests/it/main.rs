//! The integration tests, one binary.

mod search;

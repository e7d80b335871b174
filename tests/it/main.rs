//! The integration tests, one binary.
mod program;

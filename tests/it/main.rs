//! The integration tests, one binary.
mod score;

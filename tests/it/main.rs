//! The integration tests, one binary.

mod expr;
mod functions;

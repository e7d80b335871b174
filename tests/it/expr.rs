//! The expression language: what it prints, what it refuses and how it says so, and what its hashes
//! promise.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod cases;
mod digests;
mod guide;
mod properties;

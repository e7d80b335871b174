//! The expression language: what it prints, what it refuses and how it says so, and what its hashes
//! promise.

mod cases;
mod digests;
mod guide;
mod properties;

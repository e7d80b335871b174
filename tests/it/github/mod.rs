//! GitHub: the one that tests talk to, and everything that is done on it.

mod adapter;
mod bench;
mod commits;
pub mod fake;
mod faults;
mod itself;
mod ledger;
mod pull_requests;
mod review_faults;
mod serve;
mod troubles;

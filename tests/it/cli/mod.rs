//! The real binary, from the outside: what others' scripts and habits rely on.

#[cfg(unix)]
mod agents;
mod commands;
mod commits;
mod context;
mod data;
mod doctor;
mod full_disk;
pub mod harness;
mod init;
mod iterate;
mod job;
mod kills;
mod people;
mod refusals;
mod report;
mod schemas;
mod signals;
mod streams;
mod verify;

use harness::Repo;

//! `sprag`: an autonomous research loop for trading strategies that lives in a Git repository.
//!
//! One iteration is
//!
//! ```text
//! read state → reconcile → propose → check → backtest (IS ∥ OOS) → score → decide → record → publish
//!   state/     reconcile/   propose/  check/   backtest/              score/  decide/  record/  publish/
//! ```
//!
//! Each step is a room: ordinary functions from values to values. [`iteration`] asks a room what to
//! do, then asks a port ([`ports`]) to do it; the ports are filled in by [`adapters`]. Rooms see no
//! clock, disk, network or randomness that was not handed to them. `docs/architecture.md` is the map,
//! and a test holds its arrows true.

// Nouns: what the loop is about.
pub mod expr;
pub mod market;
pub mod nearest;
pub mod program;
pub mod sources;
pub mod state;
pub mod strategy;
pub mod text;
mod wide;

// Arithmetic that several steps share.
pub mod rng;
pub mod splits;
pub mod stats;
pub mod table;

// Verbs: the steps of one iteration, in order.
pub mod backtest;
pub mod budget;
pub mod certify;
pub mod check;
pub mod decide;
pub mod diagnose;
pub mod doctor;
pub mod propose;
pub mod publish;
pub mod reconcile;
pub mod record;
pub mod review;
pub mod score;
pub mod verify;

// What ties them together, and to the world.
pub mod adapters;
pub mod canary;
pub mod cli;
pub mod commands;
pub mod evaluation;
pub mod iteration;
pub mod ports;

/// Version of everything that turns (strategy, data, settings) into numbers. It is part of the epoch
/// id: raise it whenever a change can alter a backtest or a score, so that old and new scores are
/// never compared.
pub const ENGINE: u32 = 2;

//! What the ports are filled in with: the local repository by git, the one on GitHub, files, market data, the clock, the
//! terminal. No adapter knows another's insides.

pub mod actions;
pub mod agent;
pub mod cache;
pub mod confine;
pub mod data_files;
pub mod fetch;
pub mod files;
pub mod git;
pub mod github;
pub mod http;
pub mod llm;
pub mod offline_search;
mod processes;
pub mod signals;
pub mod system_clock;
pub mod terminal;
pub mod turns;

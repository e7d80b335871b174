//! What the ports are filled in with: the local repository by git, files, market data, the clock, the
//! terminal. No adapter knows another's insides.

pub mod cache;
pub mod data_files;
pub mod fetch;
pub mod files;
pub mod git;
pub mod http;
pub mod offline_search;
pub mod signals;
pub mod system_clock;
pub mod terminal;

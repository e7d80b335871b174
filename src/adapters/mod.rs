//! What the ports are filled in with: the local repository by git, files, market data, the clock.

pub mod data_files;
pub mod files;
pub mod git;
pub mod system_clock;

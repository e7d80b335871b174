//! What the ports are filled in with: the local repository by git, files, the clock.

pub mod files;
pub mod git;
pub mod system_clock;

//! The research program: prose for people and proposers, settings for the machine.
//!
//! Never touches a file, the clock or the network: it reads text that it is given.

mod settings;

pub use settings::*;

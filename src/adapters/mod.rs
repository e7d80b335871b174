//! adapters

pub mod data_files;

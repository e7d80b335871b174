//! Why files could not be scored: what, where, and what to do.

use thiserror::Error;

use super::super::ScoreError;
use crate::table::TableError;

/// Why files could not be scored.
#[derive(Debug, Error)]
pub enum FilesError {
    /// A file is no table of numbers.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A fold's rows don't stand together.
    #[error(
        "{file}:{line}: fold `{fold}` comes back after another fold; \
         sort the rows by time, and give folds that don't follow each other different names"
    )]
    ScatteredFold {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The fold's label.
        fold: String,
    },
    /// The numbers can be read but not scored.
    #[error(transparent)]
    Score(#[from] ScoreError),
}

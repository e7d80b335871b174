//! Why a text is no table of numbers: what, where, and what to do.

use thiserror::Error;

use super::MOST_CELLS;

/// Why a text is no table of numbers.
#[derive(Debug, Error)]
pub enum TableError {
    /// Not CSV: broken UTF-8, or rows of unequal length.
    #[error(
        "{file}: {source}; expected comma-separated UTF-8 text, every row as long as the header"
    )]
    Csv {
        /// The file.
        file: String,
        /// What the reader says, with the line.
        source: csv::Error,
    },
    /// The header lacks a column.
    #[error(
        "{file}:1: no column `{column}` in the header, which has: {found}; \
         the first line has to name the columns, for instance `{column}`"
    )]
    MissingColumn {
        /// The file.
        file: String,
        /// The column that was looked for.
        column: String,
        /// The columns there are.
        found: String,
    },
    /// The header names a column twice.
    #[error("{file}:1: column `{column}` is there twice; rename or remove one of them")]
    DuplicateColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// A row that is shorter or longer than the header.
    #[error(
        "{file}:{line}: {found} field(s) where the header names {expected}; \
         separate fields by commas and decimals by a point"
    )]
    RowLength {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// Fields of the row.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// An empty line with rows after it: in a file of one column, a value that is missing.
    #[error(
        "{file}:{line}: an empty line before this row; write the missing value or remove the line"
    )]
    EmptyLine {
        /// The file.
        file: String,
        /// The line of the row after it, from 1.
        line: usize,
    },
    /// A field that isn't a finite number.
    #[error(
        "{file}:{line}: `{value}` in column `{column}` is not a finite number; \
         write 1.25 % as 0.0125, and leave no field empty"
    )]
    NotANumber {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column.
        column: String,
        /// The field.
        value: String,
    },
    /// A column of a matrix without a name: an index that a program wrote, most likely.
    #[error(
        "{file}:1: column {column} has no name; name each trial, and call a column of times `time`"
    )]
    Unnamed {
        /// The file.
        file: String,
        /// Which column, from 1.
        column: usize,
    },
    /// A matrix without a column of numbers.
    #[error("{file}:1: no column but the time; name one column for each trial")]
    NoColumns {
        /// The file.
        file: String,
    },
    /// More numbers than are taken in.
    #[error("{file}:{line}: more than {MOST_CELLS} numbers; leave out trials, or join bars")]
    TooLarge {
        /// The file.
        file: String,
        /// The line that is too much, from 1.
        line: usize,
    },
}

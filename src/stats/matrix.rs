//! Returns of many trials over the same bars.

use thiserror::Error;

/// Bar returns of trials: one row per bar in time order, one column per trial, all numbers finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    columns: usize,
    /// Row after row, so that what is done to all trials at one bar runs over neighbours.
    values: Vec<f64>,
}

/// Why numbers are no matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MatrixError {
    /// No columns, or no rows.
    #[error("there have to be one trial and one bar at least")]
    Empty,
    /// Columns of unequal length.
    #[error("trial {column} (from 0) has {found} bars, and the first has {expected}")]
    Ragged {
        /// Which trial.
        column: usize,
        /// Its bars.
        found: usize,
        /// Bars of the first.
        expected: usize,
    },
    /// NaN or infinity.
    #[error("the return of trial {column} at bar {row} (both from 0) is not a finite number")]
    NotFinite {
        /// Which bar.
        row: usize,
        /// Which trial.
        column: usize,
    },
}

impl Matrix {
    /// A matrix from its rows one after the other.
    ///
    /// # Errors
    ///
    /// [`MatrixError`] where `values` aren't rows of `columns` finite numbers.
    pub fn from_rows(columns: usize, values: Vec<f64>) -> Result<Self, MatrixError> {
        if columns == 0 || values.is_empty() {
            return Err(MatrixError::Empty);
        }
        if !values.len().is_multiple_of(columns) {
            let expected = values.len().div_ceil(columns);
            return Err(MatrixError::Ragged { column: columns - 1, found: expected - 1, expected });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(MatrixError::NotFinite { row: at / columns, column: at % columns });
        }
        Ok(Self { columns, values })
    }

    /// A matrix from one slice per trial.
    ///
    /// # Errors
    ///
    /// [`MatrixError`] for columns of unequal length or without rows, and for numbers that aren't
    /// finite.
    pub fn from_columns(columns: &[&[f64]]) -> Result<Self, MatrixError> {
        let expected = columns.first().map_or(0, |first| first.len());
        let ragged = columns.iter().position(|column| column.len() != expected);
        if let Some(column) = ragged {
            return Err(MatrixError::Ragged { column, found: columns[column].len(), expected });
        }
        let rows = 0..expected;
        let values = rows.flat_map(|row| columns.iter().map(move |column| column[row])).collect();
        Self::from_rows(columns.len(), values)
    }

    /// Number of bars, at least 1.
    pub fn bars(&self) -> usize {
        self.values.len() / self.columns
    }

    /// Number of trials, at least 1.
    pub fn trials(&self) -> usize {
        self.columns
    }

    /// The returns of all trials at one bar.
    pub fn row(&self, bar: usize) -> &[f64] {
        &self.values[bar * self.columns..][..self.columns]
    }

    /// All bars in time order.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &[f64]> + ExactSizeIterator {
        self.values.chunks_exact(self.columns)
    }

    /// The returns of one trial.
    pub fn column(&self, trial: usize) -> Vec<f64> {
        self.rows().map(|row| row[trial]).collect()
    }

    /// The mean of each trial.
    pub fn means(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        for row in self.rows() {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
        let bars = self.bars() as f64;
        sums.iter().map(|sum| sum / bars).collect()
    }
}

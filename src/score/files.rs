//! CSV texts in, score document out: what `sprag score` prints.
//!
//! Works on bytes that somebody else has read; every error names the file and the line.

mod error;

use std::num::NonZeroUsize;
use std::ops::Range;

use serde::Serialize;

pub use self::error::FilesError;
use super::{Evidence, Parts, Status, score, split_folds};
use crate::program::ScoreSettings;
use crate::table::{CsvText, RETURN, Table, read_column};

/// Bars per year when nobody says: daily bars.
pub const DAILY_BARS_PER_YEAR: f64 = 252.0;

/// How the rows of the returns file form folds.
#[derive(Debug, Clone, Copy)]
pub enum FoldRule<'a> {
    /// So many folds in time order, the first `T mod N` one bar longer. `sprag score` uses 1 when
    /// nobody says.
    Count(NonZeroUsize),
    /// Rows with the same text in this column; they must stand together.
    Column(&'a str),
}

/// What is to be scored.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Out-of-sample bar returns in time order: column `return`, as fractions, net of costs.
    pub returns: CsvText<'a>,
    /// One row per episode: column `return`, net, as a fraction of equity at entry.
    pub trades: CsvText<'a>,
    /// In-sample bar returns, likewise.
    pub in_sample: Option<CsvText<'a>>,
    /// How the rows of `returns` form folds.
    pub folds: FoldRule<'a>,
    /// Bars per year, for instance [`DAILY_BARS_PER_YEAR`].
    pub bars_per_year: f64,
}

/// The JSON document of `sprag score`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreDocument {
    /// The score.
    pub score: f64,
    /// `ok` or `no_trades`.
    pub status: Status,
    /// Every intermediate value, by name; `{}` when there was nothing to score.
    #[serde(serialize_with = "parts_or_empty")]
    pub parts: Option<Parts>,
}

fn parts_or_empty<S: serde::Serializer>(parts: &Option<Parts>, s: S) -> Result<S::Ok, S::Error> {
    match parts {
        Some(parts) => parts.serialize(s),
        None => s.collect_map(std::iter::empty::<(&str, f64)>()),
    }
}

/// Reads the files of `request` and scores them.
///
/// # Errors
/// [`FilesError`]: what is wrong, in which file and line, and what to do.
pub fn score_files(
    request: &Request,
    settings: &ScoreSettings,
) -> Result<ScoreDocument, FilesError> {
    let returns = read_returns(&request.returns, request.folds)?;
    let trades = read_column(&request.trades, RETURN)?;
    let in_sample = request.in_sample.as_ref().map(|file| read_column(file, RETURN)).transpose()?;
    let evidence = Evidence {
        folds: &returns.folds(),
        trades: &trades,
        in_sample: in_sample.as_deref(),
        bars_per_year: request.bars_per_year,
    };
    let scored = score(&evidence, settings)?;
    Ok(ScoreDocument { score: scored.value, status: scored.status, parts: scored.parts })
}

/// Bar returns and the folds they form.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldedReturns {
    returns: Vec<f64>,
    folds: Vec<Range<usize>>,
}

impl FoldedReturns {
    /// One slice per fold, in the order of the file.
    pub fn folds(&self) -> Vec<&[f64]> {
        self.folds.iter().map(|fold| &self.returns[fold.clone()]).collect()
    }
}

/// Reads a returns file: column `return` and, if folds are told by a column, that one. Other columns
/// are ignored.
///
/// # Errors
/// See [`FilesError`].
pub fn read_returns(file: &CsvText, folds: FoldRule) -> Result<FoldedReturns, FilesError> {
    match folds {
        FoldRule::Count(count) => {
            let returns = read_column(file, RETURN)?;
            let mut end = 0;
            let folds = split_folds(&returns, count)
                .into_iter()
                .map(|fold| {
                    let start = end;
                    end += fold.len();
                    start..end
                })
                .collect();
            Ok(FoldedReturns { returns, folds })
        }
        FoldRule::Column(column) => read_labelled_folds(file, column),
    }
}

fn read_labelled_folds(file: &CsvText, column: &str) -> Result<FoldedReturns, FilesError> {
    let mut table = Table::open(file)?;
    let (values, labels) = (table.column(RETURN)?, table.column(column)?);
    let mut returns = Vec::new();
    let mut folds: Vec<(String, Range<usize>)> = Vec::new();
    while let Some(row) = table.next_row()? {
        let bar = returns.len();
        returns.push(table.number(&row, values)?);
        let label = row.fields.get(labels).unwrap_or_default();
        if let Some((_, bars)) = folds.last_mut().filter(|(last, _)| last == label) {
            bars.end = bar + 1;
        } else if folds.iter().any(|(earlier, _)| earlier == label) {
            return Err(FilesError::ScatteredFold {
                file: file.name.into(),
                line: row.line,
                fold: label.into(),
            });
        } else {
            folds.push((label.into(), bar..bar + 1));
        }
    }
    Ok(FoldedReturns { returns, folds: folds.into_iter().map(|(_, bars)| bars).collect() })
}

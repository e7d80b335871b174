//! Parquet bytes of one symbol to [`Bars`](super::Bars), by the same names, rules and findings as CSV.
//!
//! Columns are read row group by row group, a batch of rows at a time. Before anything is unpacked the
//! sizes that the file states are held against limits (`footer`, `pages`), since the library allocates
//! what it is told. It also has places where hostile bytes make it panic; such a panic is caught here
//! and is a finding like any other damage. Never touches a file: adapters read the bytes.

mod columns;
mod contain;
mod footer;
mod kind;
mod pages;
mod thrift;

use std::sync::Arc;

use bytes::Bytes;

use super::finding::{Finding, Kind};
use super::rows::{Builder, NAMES, Parsed, Row, Source, TimeField, VALUES};
use columns::{Batch, Column, Problem};
use footer::{Footer, broken, unreadable};
use pages::{Pages, Unpacked};

pub(super) use footer::MAGIC;
pub use footer::{FREE_EXPANSION_BYTES, MAX_EXPANSION, MAX_ROWS};

/// Rows that are converted at a time: a batch of all columns stays in a core's cache.
const BATCH_ROWS: usize = 2_048;

/// Reads one symbol's bars. Findings say the row (the first is 1) where those of a CSV file say the line.
///
/// Never fails as such: what is wrong is listed in the check. Accepted types, rules and limits:
/// `docs/data.md`.
pub fn read_parquet(source: &Source, bytes: &Bytes) -> Parsed {
    let mut parsed = match contain::panics(|| read(source, bytes)) {
        Some(Ok(parsed)) => parsed,
        Some(Err(error)) => Parsed::refused(source, error),
        None => {
            let error = unreadable("a damaged Parquet file: the library gave up on its bytes");
            Parsed::refused(source, error)
        }
    };
    let check = &mut parsed.check;
    for finding in check.errors.iter_mut().chain(&mut check.warnings) {
        finding.row = finding.line.take();
    }
    parsed
}

fn read(source: &Source, bytes: &Bytes) -> Result<Parsed, Finding> {
    let footer = footer::read(bytes)?;
    let mut times = TimeField::new(source.zone);
    let mut builder = Builder::new(source.symbol, &footer.layout, footer.rows);
    read_groups(bytes, &footer, &mut times, &mut builder)?;
    let built = builder.finish();
    if footer.rows == 0 {
        return Err(unreadable("there is no row in the file"));
    }
    Ok(Parsed::of(source, built, &footer.layout, &times))
}

fn read_groups(
    bytes: &Bytes,
    footer: &Footer,
    times: &mut TimeField,
    builder: &mut Builder,
) -> Result<(), Finding> {
    let file = Arc::new(bytes.clone());
    let schema = footer.metadata.file_metadata().schema_descr();
    let mut unpacked = Unpacked::default();
    let mut first_row = 1;
    for group in footer.metadata.row_groups() {
        let mut pages = |index| Pages::open(&file, group, index, &mut unpacked);
        let (index, kind) = footer.time;
        let time = columns::times(&schema.column(index), kind, pages(index)?, times);
        let mut values = [const { None }; VALUES];
        for (slot, column) in values.iter_mut().zip(&footer.values) {
            if let Some((index, kind)) = *column {
                let numbers = columns::numbers(&schema.column(index), kind, pages(index)?);
                *slot = Some((numbers.map_err(|error| broken(&error))?, Batch::default()));
            }
        }
        let time = (time.map_err(|error| broken(&error))?, Batch::default());
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let mut group = Group { time, values };
        for start in (0..rows).step_by(BATCH_ROWS) {
            group.next(BATCH_ROWS.min(rows - start)).map_err(|error| broken(&error))?;
            group.push(first_row + start as u64, builder);
        }
        first_row += rows as u64;
    }
    Ok(())
}

type Numbers = (Box<dyn Column<f64>>, Batch<f64>);

/// The columns of a row group, and a batch of each.
struct Group<'a> {
    time: (Box<dyn Column<i64> + 'a>, Batch<i64>),
    values: [Option<Numbers>; VALUES],
}

impl Group<'_> {
    fn next(&mut self, rows: usize) -> parquet::errors::Result<()> {
        let (column, batch) = &mut self.time;
        column.next(rows, batch)?;
        for (column, batch) in self.values.iter_mut().flatten() {
            column.next(rows, batch)?;
        }
        Ok(())
    }

    /// Hands the rows of the batch to the builder; the first of them is row `first` of the file.
    fn push(&self, first: u64, builder: &mut Builder) {
        let (_, times) = &self.time;
        let problems = self.problems();
        let mut problems = problems.iter().peekable();
        for (i, time) in times.values.iter().enumerate() {
            let row = first + i as u64;
            let mut is_bad = false;
            while let Some((_, name, problem)) = problems.next_if(|(at, ..)| *at == i) {
                // The first one says enough, as in a line of a CSV file.
                if !is_bad {
                    builder.reject(explain(row, name, problem));
                }
                is_bad = true;
            }
            if is_bad {
                continue;
            }
            let mut values = [0.0; VALUES];
            for (value, column) in values.iter_mut().zip(&self.values) {
                if let Some((_, batch)) = column {
                    *value = batch.values[i];
                }
            }
            builder.push(row, Row { time: *time, values });
        }
    }

    /// All problems of the batch by row.
    fn problems(&self) -> Vec<(usize, &'static str, &Problem)> {
        let values =
            self.values.iter().zip(NAMES).filter_map(|(column, name)| {
                column.as_ref().map(|(_, batch)| (name, &batch.problems))
            });
        let mut problems: Vec<_> = std::iter::once(("time", &self.time.1.problems))
            .chain(values)
            .flat_map(|(name, list)| list.iter().map(move |(row, problem)| (*row, name, problem)))
            .collect();
        problems.sort_by_key(|(row, ..)| *row);
        problems
    }
}

fn explain(row: u64, name: &str, problem: &Problem) -> Finding {
    let message = match problem {
        Problem::Null => format!("the {name} is null; remove the row or fill the field"),
        Problem::Time(value, problem) => format!("`{value}` isn't a time: {problem}"),
        Problem::TooLong => format!("the {name} is a decimal of more than 16 bytes"),
    };
    Finding::at(row, Kind::UnparsableField, message)
}

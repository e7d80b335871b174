//! Columns of a row group, a batch of rows at a time: numbers as `f64`, times through the same reader
//! as those of a CSV file.

use parquet::basic::Type;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    FloatType, Int32Type, Int64Type, Int96Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescPtr;

use super::super::TimeMs;
use super::super::rows::{TimeField, TimeProblem, shown};
use super::kind::{NumberKind, TimeKind, big_endian, decimal};
use super::pages::Pages;

/// The values of a batch of rows. What can't be used is 0 here, and listed.
#[derive(Debug)]
pub(super) struct Batch<T> {
    pub values: Vec<T>,
    /// Rows of the batch, rising, and what is wrong with them.
    pub problems: Vec<(usize, Problem)>,
}

impl<T> Default for Batch<T> {
    fn default() -> Self {
        Self { values: Vec::new(), problems: Vec::new() }
    }
}

/// Why a row has no value in a column.
#[derive(Debug, Clone)]
pub(super) enum Problem {
    Null,
    /// What stands there, and why it is no time.
    Time(String, TimeProblem),
    /// A decimal of too many digits.
    TooLong,
}

/// Hands out the next rows of a column.
pub(super) trait Column<T> {
    /// Replaces the batch by the next `rows` rows.
    fn next(&mut self, rows: usize, batch: &mut Batch<T>) -> Result<()>;
}

/// A column of numbers.
pub(super) fn numbers(
    column: &ColumnDescPtr,
    kind: NumberKind,
    pages: Pages,
) -> Result<Box<dyn Column<f64>>> {
    fn open<T: DataType>(
        column: &ColumnDescPtr,
        pages: Pages,
        convert: impl Fn(&T::T) -> std::result::Result<f64, Problem> + 'static,
    ) -> Result<Box<dyn Column<f64>>> {
        Ok(Box::new(Converted { values: Values::<T>::open(column, pages), convert }))
    }
    let big = |bytes: &[u8], scale| {
        big_endian(bytes).map(|number| decimal(number, scale)).ok_or(Problem::TooLong)
    };
    match (column.physical_type(), kind) {
        (Type::FLOAT, _) => open::<FloatType>(column, pages, |value| Ok(f64::from(*value))),
        (Type::DOUBLE, _) => open::<DoubleType>(column, pages, |value| Ok(*value)),
        (Type::INT32, NumberKind::Decimal { scale }) => {
            open::<Int32Type>(column, pages, move |value| Ok(decimal((*value).into(), scale)))
        }
        (Type::INT64, NumberKind::Decimal { scale }) => {
            open::<Int64Type>(column, pages, move |value| Ok(decimal((*value).into(), scale)))
        }
        (Type::INT32, NumberKind::Whole { signed: false }) => {
            open::<Int32Type>(column, pages, |value| Ok(f64::from(*value as u32)))
        }
        (Type::INT64, NumberKind::Whole { signed: false }) => {
            open::<Int64Type>(column, pages, |value| Ok(*value as u64 as f64))
        }
        (Type::INT32, _) => open::<Int32Type>(column, pages, |value| Ok(f64::from(*value))),
        (Type::INT64, _) => open::<Int64Type>(column, pages, |value| Ok(*value as f64)),
        (Type::BYTE_ARRAY, NumberKind::Decimal { scale }) => {
            open::<ByteArrayType>(column, pages, move |value: &ByteArray| big(value.data(), scale))
        }
        (Type::FIXED_LEN_BYTE_ARRAY, NumberKind::Decimal { scale }) => {
            let convert = move |value: &FixedLenByteArray| big(value.data(), scale);
            open::<FixedLenByteArrayType>(column, pages, convert)
        }
        (other, _) => Err(ParquetError::General(format!("{other} is no number"))),
    }
}

/// A column of times, read by `field`, which settles the notation over all row groups of the file.
pub(super) fn times<'a>(
    column: &ColumnDescPtr,
    kind: TimeKind,
    pages: Pages,
    field: &'a mut TimeField,
) -> Result<Box<dyn Column<TimeMs> + 'a>> {
    fn open<'a, T: DataType>(
        column: &ColumnDescPtr,
        pages: Pages,
        field: &'a mut TimeField,
        read: impl Fn(&mut TimeField, &T::T) -> std::result::Result<TimeMs, Problem> + 'a,
    ) -> Result<Box<dyn Column<TimeMs> + 'a>> {
        let convert = move |value: &T::T| {
            let time = read(field, value)?;
            field.took(time);
            Ok(time)
        };
        Ok(Box::new(Converted { values: Values::<T>::open(column, pages), convert }))
    }
    match (column.physical_type(), kind) {
        (Type::INT32, TimeKind::Days) => open::<Int32Type>(column, pages, field, |field, days| {
            field.read_days(i64::from(*days)).map_err(|problem| wrong(days, problem))
        }),
        (Type::INT32, _) => open::<Int32Type>(column, pages, field, |field, number| {
            field.read_whole(i64::from(*number)).map_err(|problem| wrong(number, problem))
        }),
        (Type::INT64, TimeKind::Since { per_ms, utc }) => {
            open::<Int64Type>(column, pages, field, move |field, count| {
                field.read_ms(per_ms.to_ms(*count), utc).map_err(|problem| wrong(count, problem))
            })
        }
        (Type::INT64, _) => open::<Int64Type>(column, pages, field, |field, number| {
            field.read_whole(*number).map_err(|problem| wrong(number, problem))
        }),
        (Type::INT96, _) => open::<Int96Type>(column, pages, field, |field, time| {
            field.read_ms(time.to_millis(), true).map_err(|problem| wrong(time, problem))
        }),
        (Type::FLOAT, _) => open::<FloatType>(column, pages, field, |field, number| {
            field.read_real(f64::from(*number)).map_err(|problem| wrong(number, problem))
        }),
        (Type::DOUBLE, _) => open::<DoubleType>(column, pages, field, |field, number| {
            field.read_real(*number).map_err(|problem| wrong(number, problem))
        }),
        (Type::BYTE_ARRAY, _) => open::<ByteArrayType>(column, pages, field, |field, text| {
            let text = text.data().trim_ascii();
            field.read(text).map_err(|problem| Problem::Time(shown(text), problem))
        }),
        (other, _) => Err(ParquetError::General(format!("{other} is no time"))),
    }
}

fn wrong(value: &impl ToString, problem: TimeProblem) -> Problem {
    Problem::Time(value.to_string(), problem)
}

/// The values of a column as the library reads them, and which rows have one.
struct Values<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
    /// Of a column that may have nulls, 1 for each row with a value and 0 for each without.
    levels: Option<Vec<i16>>,
}

impl<T: DataType> Values<T> {
    fn open(column: &ColumnDescPtr, pages: Pages) -> Self {
        let levels = (column.max_def_level() > 0).then(Vec::new);
        let reader = ColumnReaderImpl::new(column.clone(), Box::new(pages));
        Self { reader, values: Vec::new(), levels }
    }

    fn next(&mut self, rows: usize) -> Result<()> {
        self.values.clear();
        if let Some(levels) = &mut self.levels {
            levels.clear();
        }
        let (read, _, _) =
            self.reader.read_records(rows, self.levels.as_mut(), None, &mut self.values)?;
        if read < rows {
            return Err(ParquetError::General("a column has fewer rows than its group".into()));
        }
        Ok(())
    }
}

struct Converted<T: DataType, F> {
    values: Values<T>,
    convert: F,
}

impl<T: DataType, U: Default, F> Column<U> for Converted<T, F>
where
    F: FnMut(&T::T) -> std::result::Result<U, Problem>,
{
    fn next(&mut self, rows: usize, batch: &mut Batch<U>) -> Result<()> {
        self.values.next(rows)?;
        batch.values.clear();
        batch.problems.clear();
        let mut values = self.values.values.iter();
        for row in 0..rows {
            let is_there =
                self.values.levels.as_ref().is_none_or(|levels| levels.get(row) == Some(&1));
            let value = if is_there { values.next() } else { None };
            let read = value.ok_or(Problem::Null).and_then(|value| (self.convert)(value));
            batch.values.push(read.unwrap_or_else(|problem| {
                batch.problems.push((row, problem));
                U::default()
            }));
        }
        Ok(())
    }
}

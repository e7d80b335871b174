//! What a Parquet file says of itself at its end: columns, row groups, sizes. All of it is held against
//! the limits before anything else is read.

use bytes::Bytes;
use parquet::basic::{CompressionCodec, Repetition};
use parquet::file::metadata::{
    ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions,
    ParquetMetaDataReader, ParquetStatisticsPolicy,
};

use super::super::rows::{self, Layout, MAX_COLUMNS, MAX_FILE_BYTES, Role, VALUES, size_message};
use super::kind::{NumberKind, TimeKind};
use super::thrift;
use crate::market::finding::{Finding, Kind};

/// Most rows of a Parquet file: as many as the largest CSV file can have.
pub const MAX_ROWS: u64 = MAX_FILE_BYTES / 16;
/// A file may unpack to this many times its size. Prices and times, which all differ, stay far below.
pub const MAX_EXPANSION: u64 = 200;
/// What a file may unpack to whatever its size, in bytes.
pub const FREE_EXPANSION_BYTES: u64 = 64 << 20;
/// Most elements of the schema: columns, and the groups that they are in.
const MAX_SCHEMA_ELEMENTS: u64 = 2 * MAX_COLUMNS as u64;
/// `PAR1`, before the length of the metadata and at either end.
pub(in crate::market) const MAGIC: &[u8; 4] = b"PAR1";
/// The metadata's length and the magic.
const TAIL_BYTES: usize = 8;

/// A file whose columns were found and whose sizes are within bounds.
pub(super) struct Footer {
    pub metadata: ParquetMetaData,
    pub layout: Layout,
    pub rows: usize,
    /// The time column and what its values are.
    pub time: (usize, TimeKind),
    /// The columns of prices and the like, by their place in a row.
    pub values: [Option<(usize, NumberKind)>; VALUES],
}

/// Why a file can't be read at all, as a finding about the whole of it.
pub(super) fn unreadable(message: impl Into<String>) -> Finding {
    Finding::whole(Kind::Unreadable, message)
}

/// What the library said, as such a finding.
pub(super) fn broken(error: &parquet::errors::ParquetError) -> Finding {
    unreadable(format!("a damaged or unusual Parquet file: {error}"))
}

/// Reads and checks the metadata.
pub(super) fn read(bytes: &Bytes) -> Result<Footer, Finding> {
    check_ends(bytes)?;
    let options = ParquetMetaDataOptions::new()
        .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
        .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
    let metadata = ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Skip)
        .with_metadata_options(Some(options))
        .parse_and_finish(bytes)
        .map_err(|error| broken(&error))?;
    let schema = metadata.file_metadata().schema_descr();
    // A column within a group or a list can't hold one value per bar; it has no name here.
    let names: Vec<&[u8]> = schema
        .columns()
        .iter()
        .map(|column| match column.path().parts() {
            [name] if column.self_type().get_basic_info().repetition() != Repetition::REPEATED => {
                name.as_bytes()
            }
            _ => b"(nested)",
        })
        .collect();
    let layout = rows::layout(&names, 1).map_err(|finding| Finding { line: None, ..finding })?;
    let mut time = None;
    let mut values = [const { None }; VALUES];
    for (index, role) in layout.roles.iter().enumerate() {
        let column = schema.column(index);
        let unfit = |held: String| unfit(names[index], &held);
        match role {
            Role::Time => time = Some((index, TimeKind::of(&column).map_err(unfit)?)),
            Role::Value(value) => {
                values[*value] = Some((index, NumberKind::of(&column).map_err(unfit)?));
            }
            Role::Ignored => {}
        }
    }
    // The layout has a time column or is an error.
    let time = time.ok_or_else(|| unreadable("there is no time column"))?;
    let read = 1 + values.iter().flatten().count() as u64;
    let rows = count_rows(&metadata, read, bytes.len() as u64)?;
    let footer = Footer { metadata, layout, rows, time, values };
    footer.check_chunks(bytes.len() as u64)?;
    Ok(footer)
}

impl Footer {
    /// The columns that are read.
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> {
        let values = self.values.iter().flatten().map(|(index, _)| *index);
        std::iter::once(self.time.0).chain(values)
    }

    /// Whether the chunks of the columns that are read lie within the file and can be unpacked.
    fn check_chunks(&self, file_bytes: u64) -> Result<(), Finding> {
        for (number, group) in self.metadata.row_groups().iter().enumerate() {
            for index in self.columns() {
                let name = |chunk: &ColumnChunkMetaData| {
                    format!("column `{}` of row group {number}", chunk.column_path().string())
                };
                let Some(chunk) = group.columns().get(index) else {
                    return Err(unreadable(format!("row group {number} has too few columns")));
                };
                if chunk.file_path().is_some() {
                    return Err(unreadable(format!("{} is in another file", name(chunk))));
                }
                if let Some(codec) = unknown_codec(chunk.compression_codec()) {
                    return Err(unreadable(format!(
                        "{} is compressed with {codec}; write the file with zstd, snappy or without \
                         compression",
                        name(chunk)
                    )));
                }
                if chunk.num_values() != group.num_rows()
                    || chunk_range(chunk, file_bytes).is_none()
                {
                    return Err(unreadable(format!("{} is damaged", name(chunk))));
                }
            }
        }
        Ok(())
    }
}

/// Where a column chunk lies, if that is inside of the file.
pub(super) fn chunk_range(
    chunk: &ColumnChunkMetaData,
    file_bytes: u64,
) -> Option<std::ops::Range<usize>> {
    let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
    let start = u64::try_from(start).ok()?;
    let end = start.checked_add(u64::try_from(chunk.compressed_size()).ok()?)?;
    if end > file_bytes {
        return None;
    }
    Some(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

fn check_ends(bytes: &[u8]) -> Result<(), Finding> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(unreadable(size_message(bytes.len() as u64)));
    }
    if bytes.is_empty() {
        return Err(unreadable("the file is empty"));
    }
    let tail = bytes.len().checked_sub(TAIL_BYTES).filter(|_| bytes.starts_with(MAGIC));
    let Some((body, tail)) = tail.and_then(|at| bytes.split_at_checked(at)) else {
        let message = if bytes.starts_with(b"PARE") {
            "an encrypted Parquet file; decrypt it first"
        } else {
            "not a Parquet file: it doesn't begin with PAR1"
        };
        return Err(unreadable(message));
    };
    let [a, b, c, d, magic @ ..] = tail else { return Err(cut_off()) };
    if magic != MAGIC {
        return Err(cut_off());
    }
    let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    let metadata = body.len().checked_sub(length).and_then(|at| body.get(at..));
    let elements = thrift::schema_elements(metadata.ok_or_else(cut_off)?);
    match elements.map_err(|_| unreadable("the metadata at the end of the file is damaged"))? {
        // The library reads the schema by recursion.
        elements if elements > MAX_SCHEMA_ELEMENTS => Err(unreadable(format!(
            "{elements} columns and groups; the limit is {MAX_SCHEMA_ELEMENTS}: remove some"
        ))),
        _ => Ok(()),
    }
}

fn cut_off() -> Finding {
    unreadable("the end of the Parquet file is missing; it was not written or copied completely")
}

/// All rows, if the columns that are read can be held in memory and the file is no bomb.
fn count_rows(metadata: &ParquetMetaData, columns: u64, file_bytes: u64) -> Result<usize, Finding> {
    let mut rows = 0_u64;
    for group in metadata.row_groups() {
        let more = u64::try_from(group.num_rows())
            .map_err(|_| unreadable("a row group has a negative number of rows"))?;
        rows = rows.saturating_add(more);
    }
    if rows > MAX_ROWS {
        return Err(unreadable(format!(
            "{rows} rows; the limit is {MAX_ROWS}: split the file or use longer bars"
        )));
    }
    check_expansion(rows * columns * 8, file_bytes)?;
    usize::try_from(rows).map_err(|_| unreadable("too many rows for this machine"))
}

/// Whether so many bytes may come out of a file.
pub(super) fn check_expansion(unpacked: u64, file_bytes: u64) -> Result<(), Finding> {
    if unpacked <= FREE_EXPANSION_BYTES.max(file_bytes.saturating_mul(MAX_EXPANSION)) {
        return Ok(());
    }
    Err(unreadable(format!(
        "it would unpack to {unpacked} bytes, more than {MAX_EXPANSION} times its size"
    )))
}

fn unknown_codec(codec: CompressionCodec) -> Option<CompressionCodec> {
    use CompressionCodec::{SNAPPY, UNCOMPRESSED, ZSTD};
    (!matches!(codec, UNCOMPRESSED | SNAPPY | ZSTD)).then_some(codec)
}

fn unfit(name: &[u8], held: &str) -> Finding {
    let message = format!("column `{}` holds {held}", rows::shown(name));
    Finding::whole(Kind::UnparsableField, message)
}

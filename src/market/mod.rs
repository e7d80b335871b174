//! Market data: bars in memory, calendars, readers of the formats people have.
//!
//! [`read_bytes`] turns a file's bytes into validated [`Bars`] and a [`FileCheck`]; [`Market`] joins
//! symbols on one timeline. Never touches a file, the clock or the network: it parses bytes that it is given.

mod bars;
pub mod calendar;
mod cross_section;
mod csv;
mod finding;
mod inspect;
mod length;
mod number;
mod parquet;
pub mod report;
mod resample;
mod rows;
pub mod stored;
pub mod time;
mod timeframe;
mod together;
mod universe;
mod zone;

use ::bytes::Bytes;

pub use bars::{Bars, TimeMs};
pub use cross_section::CrossSections;
pub use csv::{MAX_LINE_BYTES, read_csv, read_csv_from};
pub use finding::{FileCheck, Finding, Kind};
pub use inspect::{MAX_LISTED, SHORT_HISTORY_BARS};
pub use length::{BarLength, LENGTH_SAMPLE};
pub use number::parse_number;
pub use parquet::{FREE_EXPANSION_BYTES, MAX_EXPANSION, MAX_ROWS, read_parquet};
pub use resample::Series;
pub use rows::{MAX_COLUMNS, MAX_ERRORS, MAX_FILE_BYTES, Parsed, Source, size_message};
pub use time::{format_time, parse_date, parse_time};
pub use timeframe::{TIMEFRAMES, Timeframe};
pub use together::compare;
pub use universe::{Market, Placement};
pub use zone::{Clock, Zone};

/// Reads one symbol's bars from a data file of either format: Parquet if it is called so or begins so,
/// otherwise CSV. See [`read_csv`] and [`read_parquet`].
pub fn read_bytes(source: &Source, bytes: &Bytes) -> Parsed {
    let ending = source.file.rsplit_once('.').map(|(_, ending)| ending);
    let is_called_so = ending.is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
    if is_called_so || bytes.starts_with(parquet::MAGIC) {
        read_parquet(source, bytes)
    } else {
        read_csv_from(source, bytes)
    }
}

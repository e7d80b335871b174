//! Market data: bars in memory, calendars, readers of the formats people have.
//!
//! [`read_csv`] turns bytes into validated [`Bars`] and a [`FileCheck`]; [`Market`] joins symbols on one
//! timeline. Never touches a file, the clock or the network: it parses bytes that it is given.

mod bars;
pub mod calendar;
mod cross_section;
mod csv;
mod finding;
mod inspect;
mod length;
pub mod report;
mod resample;
pub mod time;
mod timeframe;
mod universe;

pub use bars::{Bars, TimeMs};
pub use cross_section::CrossSections;
pub use csv::{
    MAX_COLUMNS, MAX_ERRORS, MAX_FILE_BYTES, MAX_LINE_BYTES, Parsed, parse_number, read_csv,
    size_message,
};
pub use finding::{FileCheck, Finding, Kind};
pub use inspect::{MAX_LISTED, SHORT_HISTORY_BARS};
pub use length::{BarLength, LENGTH_SAMPLE};
pub use resample::Series;
pub use time::{format_time, parse_date, parse_time};
pub use timeframe::{TIMEFRAMES, Timeframe};
pub use universe::{Market, Placement};

//! Rows of a data file, whatever its format, to [`Bars`]: which column holds what, how times are
//! written, and the rules that each row is held to.
//!
//! The formats (`csv`, `parquet`) bring the rows; what becomes of them is the same for all.

mod build;
mod header;
mod labels;
mod time_field;

use super::{
    Bars, TimeMs, calendar,
    finding::{FileCheck, Finding, Kind},
    inspect,
    zone::Zone,
};

pub(super) use build::{Builder, Built};
pub(super) use header::{Layout, Role, layout};
pub(super) use time_field::{TimeField, TimeProblem};

/// Largest data file, in bytes (4 GiB).
pub const MAX_FILE_BYTES: u64 = 4 << 30;
/// Most columns of a data file.
pub const MAX_COLUMNS: usize = 256;
/// Most errors listed per file; the rest is counted.
pub const MAX_ERRORS: usize = 100;

/// Columns of prices and the like: the index into a row's values.
pub(super) const OPEN: usize = 0;
pub(super) const HIGH: usize = 1;
pub(super) const LOW: usize = 2;
pub(super) const CLOSE: usize = 3;
pub(super) const VOLUME: usize = 4;
pub(super) const FUNDING: usize = 5;
/// Number of such columns.
pub(super) const VALUES: usize = 6;

/// What messages call them.
pub(super) const NAMES: [&str; VALUES] = ["open", "high", "low", "close", "volume", "funding"];

/// A bar as it stands in the file; volume and funding are 0 where the file has no such column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row {
    pub time: TimeMs,
    pub values: [f64; VALUES],
}

/// A data file, as its reader is told of it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its name, for the findings.
    pub file: &'a str,
    /// The symbol whose bars it holds.
    pub symbol: &'a str,
    /// The market's zone: that of times which have none, and of the clocks that a strategy sees.
    pub zone: &'a Zone,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The bars; `None` if there was any error.
    pub bars: Option<Bars>,
    /// Counts, errors and warnings.
    pub check: FileCheck,
}

impl Parsed {
    /// A file that couldn't be read as a table at all.
    pub(super) fn refused(source: &Source, error: Finding) -> Self {
        let check = FileCheck {
            file: source.file.into(),
            symbol: source.symbol.into(),
            zone: Some(source.zone.name().into()),
            errors: vec![error],
            ..FileCheck::default()
        };
        Self { bars: None, check }
    }

    /// A file whose rows were read: a second look at them if they passed the rules.
    pub(super) fn of(source: &Source, built: Built, layout: &Layout, times: &TimeField) -> Self {
        let Built { mut bars, lines, errors } = built;
        let is_dated = errors.is_empty() && labels::settle(&mut bars, source.zone);
        let mut check = FileCheck {
            file: source.file.into(),
            symbol: source.symbol.into(),
            bars: bars.len(),
            from: bars.time.first().copied(),
            to: bars.time.last().copied(),
            step_ms: calendar::median_step(&bars.time),
            weekends: (bars.len() > 1)
                .then(|| calendar::covers_weekends(&bars.clock.shown(&bars.time))),
            zone: Some(source.zone.name().into()),
            gaps: 0,
            errors,
            warnings: reading_warnings(layout, times, is_dated),
        };
        if !check.errors.is_empty() {
            return Self { bars: None, check };
        }
        inspect::inspect(&bars, &lines, layout.has_volume, &mut check);
        Self { bars: Some(bars), check }
    }
}

/// What is said of a file that is too big, by this room and by whoever looks at its size first.
pub fn size_message(bytes: u64) -> String {
    format!("{bytes} bytes; the limit is {MAX_FILE_BYTES}: split the file or use longer bars")
}

fn reading_warnings(layout: &Layout, times: &TimeField, is_dated: bool) -> Vec<Finding> {
    let mut warnings = Vec::new();
    if layout.ignores_adjusted_close {
        warnings.push(Finding::whole(
            Kind::AdjustedCloseUnused,
            "there is an adjusted close beside `close`: prices are taken as they stand, unadjusted; \
             to trade adjusted prices, multiply open, high, low and close by adjusted close / close",
        ));
    }
    let zone = times.zone().name();
    if times.saw_zoneless() {
        let advice = if times.zone().is_utc() {
            "write them with Z or an offset, or state their `timezone` under [market]"
        } else {
            "as `timezone` under [market] says"
        };
        let separator = if times.zone().is_utc() { ';' } else { ',' };
        let message = format!("times have no zone and were read as {zone}{separator} {advice}");
        warnings.push(Finding::whole(Kind::TimeWithoutZone, message));
    }
    let repeated = times.repeated();
    if repeated > 0 {
        let message = format!(
            "{repeated} times without a zone came twice in {zone}, as clocks went back; each was read as \
             the first of the two unless the row before it is as late"
        );
        warnings.push(Finding::whole(Kind::RepeatedTime, message));
    }
    if times.only_foreign_midnights() && !is_dated {
        warnings.push(Finding::whole(
            Kind::MidnightNotUtc,
            "every time is midnight in a zone other than UTC, so the UTC date of a bar may differ from \
             its session; write the session's date alone, such as 2020-01-31, or state the zone as \
             `timezone` under [market]",
        ));
    }
    warnings
}

/// A field as a message shows it: readable and not too long.
pub(super) fn shown(field: &[u8]) -> String {
    const LONGEST: usize = 40;
    let text = String::from_utf8_lossy(&field[..field.len().min(4 * LONGEST)]);
    let mut shown: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

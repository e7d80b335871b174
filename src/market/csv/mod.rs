//! CSV bytes of one symbol to [`Bars`], validated on the way.
//!
//! Lines without quotes take a quick way (`plain`), files with quotes go through the csv crate
//! (`quoted`); both feed the same `build`er, which holds each row to the rules. A file with any
//! error gives no bars. Never touches a file: adapters read the bytes.

mod build;
mod header;
mod number;
mod plain;
mod quoted;
mod row;
mod time_field;

use memchr::memchr;

use super::{
    Bars,
    finding::{FileCheck, Finding, Kind},
    inspect,
};
use build::Builder;
use header::Layout;
use time_field::TimeField;

pub use number::parse_number;

/// Largest data file, in bytes (4 GiB).
pub const MAX_FILE_BYTES: u64 = 4 << 30;
/// Most columns of a data file.
pub const MAX_COLUMNS: usize = 256;
/// Longest line of a data file, in bytes.
pub const MAX_LINE_BYTES: usize = 64 << 10;
/// Most errors listed per file; the rest is counted.
pub const MAX_ERRORS: usize = 100;

/// What became of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The bars; `None` if there was any error.
    pub bars: Option<Bars>,
    /// Counts, errors and warnings.
    pub check: FileCheck,
}

/// Reads one symbol's bars. `file` is only a name for the findings.
///
/// Never fails as such and never panics: what is wrong is listed in the check, with lines. Accepted
/// notations, rules and limits: `docs/data.md`.
pub fn read_csv(file: &str, symbol: &str, bytes: &[u8]) -> Parsed {
    match read(symbol, bytes) {
        Ok((built, layout, times)) => {
            let mut check = FileCheck {
                file: file.into(),
                symbol: symbol.into(),
                bars: built.bars.len(),
                from: built.bars.time.first().copied(),
                to: built.bars.time.last().copied(),
                errors: built.errors,
                warnings: reading_warnings(&layout, &times),
            };
            if !check.errors.is_empty() {
                return Parsed { bars: None, check };
            }
            check.warnings.extend(inspect::inspect(&built.bars, &built.lines, layout.has_volume));
            Parsed { bars: Some(built.bars), check }
        }
        Err(error) => {
            let check = FileCheck {
                file: file.into(),
                symbol: symbol.into(),
                errors: vec![error],
                ..FileCheck::default()
            };
            Parsed { bars: None, check }
        }
    }
}

fn read(symbol: &str, bytes: &[u8]) -> Result<(build::Built, Layout, TimeField), Finding> {
    let bytes = text_of(bytes).map_err(|message| Finding::whole(Kind::Unreadable, message))?;
    let (header_line, header, body) = split_header(bytes)
        .ok_or_else(|| Finding::whole(Kind::Unreadable, "the file is empty; expected a header"))?;
    if header.len() > MAX_LINE_BYTES {
        return Err(too_long(header_line));
    }
    let delimiter = header::detect_delimiter(header);
    let names = quoted::fields_of_line(header, delimiter);
    let names: Vec<&[u8]> = names.iter().map(<[u8]>::trim_ascii).collect();
    let layout = header::layout(&names, delimiter, header_line)?;
    let mut builder = Builder::new(symbol, &layout, plain::estimate_rows(body));
    let mut times = TimeField::default();
    if memchr(b'"', body).is_none() {
        plain::read(body, header_line + 1, &layout, &mut times, &mut builder);
    } else {
        quoted::read(body, header_line + 1, &layout, &mut times, &mut builder);
    }
    let built = builder.finish();
    if built.bars.is_empty() && built.errors.is_empty() {
        let message = "there is no bar below the header";
        return Err(Finding::at(header_line, Kind::Unreadable, message));
    }
    Ok((built, layout, times))
}

/// The bytes without a byte order mark, if they can be text at all.
fn text_of(bytes: &[u8]) -> Result<&[u8], String> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(size_message(bytes.len() as u64));
    }
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Err("UTF-16 text; save the file as UTF-8".into()),
        [0x1f, 0x8b, ..] => Err("gzip-compressed; unpack the file first".into()),
        [b'P', b'K', 3, 4, ..] => {
            Err("a zip archive or spreadsheet; export the sheet as CSV".into())
        }
        [b'P', b'A', b'R', b'1', ..] => Err("a Parquet file; export it as CSV".into()),
        _ => Ok(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
    }
}

/// What is said of a file that is too big, by this room and by whoever looks at its size first.
pub fn size_message(bytes: u64) -> String {
    format!("{bytes} bytes; the limit is {MAX_FILE_BYTES}: split the file or use longer bars")
}

/// The first line with anything in it, its number, and what follows.
fn split_header(bytes: &[u8]) -> Option<(u64, &[u8], &[u8])> {
    let mut rest = bytes;
    let mut line = 1;
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let (first, after) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
        if !first.trim_ascii().is_empty() {
            return Some((line, first.strip_suffix(b"\r").unwrap_or(first), after));
        }
        rest = after;
        line += 1;
    }
    None
}

fn too_long(line: u64) -> Finding {
    let message = format!("the line is longer than {MAX_LINE_BYTES} bytes; reading stopped here");
    Finding::at(line, Kind::Unreadable, message)
}

fn reading_warnings(layout: &Layout, times: &TimeField) -> Vec<Finding> {
    let mut warnings = Vec::new();
    if layout.ignores_adjusted_close {
        warnings.push(Finding::whole(
            Kind::AdjustedCloseUnused,
            "there is an adjusted close beside `close`: prices are taken as they stand, unadjusted; \
             to trade adjusted prices, multiply open, high, low and close by adjusted close / close",
        ));
    }
    if times.saw_zoneless() {
        let message = "times have no zone and were read as UTC; write them with Z or an offset";
        warnings.push(Finding::whole(Kind::TimeWithoutZone, message));
    }
    if times.only_foreign_midnights() {
        warnings.push(Finding::whole(
            Kind::MidnightNotUtc,
            "every time is midnight in a zone other than UTC, so the UTC date of a bar may differ from \
             its session; for daily bars write the session's date alone, such as 2020-01-31",
        ));
    }
    warnings
}

/// A field as a message shows it: readable and not too long.
fn shown(field: &[u8]) -> String {
    const LONGEST: usize = 40;
    let text = String::from_utf8_lossy(&field[..field.len().min(4 * LONGEST)]);
    let mut shown: String =
        text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

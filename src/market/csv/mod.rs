//! CSV bytes of one symbol to [`Bars`], validated on the way.
//!
//! Lines without quotes take a quick way (`plain`), files with quotes go through the csv crate
//! (`quoted`); both feed the same builder, which holds each row to the rules. A file with any
//! error gives no bars. Never touches a file: adapters read the bytes.

mod fields;
mod plain;
mod quoted;

use memchr::memchr;

use super::{
    Zone,
    finding::{Finding, Kind},
    rows::{
        self, Builder, Built, Layout, MAX_FILE_BYTES, Parsed, Row, Source, TimeField, size_message,
    },
};

/// Longest line of a data file, in bytes.
pub const MAX_LINE_BYTES: usize = 64 << 10;

/// One file on its way to bars.
struct Reading {
    delimiter: u8,
    layout: Layout,
    times: TimeField,
    builder: Builder,
}

impl Reading {
    #[inline]
    fn push(&mut self, line: u64, row: Row) {
        self.times.took(row.time);
        self.builder.push(line, row);
    }
}

/// Reads one symbol's bars in a market whose clocks show UTC. `file` is only a name for the findings.
///
/// Never fails as such and never panics: what is wrong is listed in the check, with lines. Accepted
/// notations, rules and limits: `docs/data.md`.
pub fn read_csv(file: &str, symbol: &str, bytes: &[u8]) -> Parsed {
    read_csv_from(&Source { file, symbol, zone: &Zone::default() }, bytes)
}

/// Likewise in a market of any zone.
pub fn read_csv_from(source: &Source, bytes: &[u8]) -> Parsed {
    match read(source, bytes) {
        Ok((built, layout, times)) => Parsed::of(source, built, &layout, &times),
        Err(error) => Parsed::refused(source, error),
    }
}

fn read(source: &Source, bytes: &[u8]) -> Result<(Built, Layout, TimeField), Finding> {
    let bytes = text_of(bytes).map_err(|message| Finding::whole(Kind::Unreadable, message))?;
    let (header_line, header, body) = split_header(bytes)
        .ok_or_else(|| Finding::whole(Kind::Unreadable, "the file is empty; expected a header"))?;
    if header.len() > MAX_LINE_BYTES {
        return Err(too_long(header_line));
    }
    let delimiter = detect_delimiter(header);
    let names = quoted::fields_of_line(header, delimiter);
    let names: Vec<&[u8]> = names.iter().map(<[u8]>::trim_ascii).collect();
    let layout = rows::layout(&names, header_line)?;
    let builder = Builder::new(source.symbol, &layout, plain::estimate_rows(body));
    let mut reading = Reading { delimiter, layout, times: TimeField::new(source.zone), builder };
    if memchr(b'"', body).is_none() {
        plain::read(body, header_line + 1, &mut reading);
    } else {
        quoted::read(body, header_line + 1, &mut reading);
    }
    let Reading { layout, times, builder, .. } = reading;
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
        [b'P', b'A', b'R', b'1', ..] => Err("a Parquet file; name it .parquet".into()),
        _ => Ok(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
    }
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

/// The delimiter of a header line: the one of comma, semicolon and tab that occurs most outside quotes.
fn detect_delimiter(header: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b'\t', 0_usize), (b';', 0), (b',', 0)];
    for byte in header {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(d, _)| d == byte && !quoted) {
            *count += 1;
        }
    }
    // The last of equals: a comma where there is none at all.
    counts.iter().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

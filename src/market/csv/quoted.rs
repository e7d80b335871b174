//! Rows with quoted fields, through the csv crate.

use csv::{ByteRecord, Reader, ReaderBuilder};
use memchr::memchr_iter;

use super::super::finding::{Finding, Kind};
use super::{MAX_LINE_BYTES, Reading, fields::read_fields, too_long};

/// Reads all rows of `body`, whose first line has the number `line`.
pub(super) fn read(body: &[u8], line: u64, reading: &mut Reading) {
    let mut reader = reader(body, reading.delimiter);
    let mut record = ByteRecord::new();
    let mut lines = LineCounter { body, at: 0, line };
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                reading.builder.reject(Finding::whole(Kind::Unreadable, error.to_string()));
                return;
            }
        }
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        if record.as_slice().len() > MAX_LINE_BYTES {
            reading.builder.reject(too_long(line));
            return;
        }
        let fields: Vec<&[u8]> = record.iter().collect();
        if fields.iter().all(|field| field.trim_ascii().is_empty()) && fields.len() == 1 {
            continue;
        }
        match read_fields(&fields, line, &reading.layout, &mut reading.times) {
            Ok(row) => reading.push(line, row),
            Err(error) => reading.builder.reject(error),
        }
    }
}

/// The fields of one line, unquoted.
pub(super) fn fields_of_line(line: &[u8], delimiter: u8) -> ByteRecord {
    let mut record = ByteRecord::new();
    // Reading from memory can't fail; an unclosed quote ends with the line.
    let _ = reader(line, delimiter).read_byte_record(&mut record);
    record
}

fn reader(bytes: &[u8], delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes)
}

/// Line numbers of byte positions that only grow. (The csv crate's own count is one behind after CRLF and
/// blank lines, since it takes a record to begin where the last one ended.)
struct LineCounter<'a> {
    body: &'a [u8],
    at: usize,
    line: u64,
}

impl LineCounter<'_> {
    fn at(&mut self, byte: u64) -> u64 {
        let mut start = usize::try_from(byte).unwrap_or(usize::MAX).min(self.body.len());
        while matches!(self.body.get(start), Some(b'\r' | b'\n')) {
            start += 1;
        }
        if let Some(passed) = self.body.get(self.at..start) {
            self.line += memchr_iter(b'\n', passed).count() as u64;
            self.at = start;
        }
        self.line
    }
}

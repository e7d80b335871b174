//! Rows without quotes: one pass over the bytes, no allocation per line.

use memchr::{memchr, memchr_iter};

use super::super::{
    number::plain_prefix,
    rows::{Role, Row},
};
use super::{MAX_LINE_BYTES, Reading, fields::read_fields, too_long};

/// Reads all rows of `body`, whose first line has the number `line`.
pub(super) fn read(body: &[u8], mut line: u64, reading: &mut Reading) {
    let mut start = 0;
    for end in memchr_iter(b'\n', body).chain([body.len()]) {
        let text = &body[start..end];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.len() > MAX_LINE_BYTES {
            reading.builder.reject(too_long(line));
            return;
        }
        match quick_row(text, reading) {
            Some(row) => reading.push(line, row),
            None => slow_row(text, line, reading),
        }
        start = end + 1;
        line += 1;
    }
}

/// The row, if nothing about it is unusual: no blanks, no exponents, the right number of fields.
#[inline]
fn quick_row(line: &[u8], reading: &mut Reading) -> Option<Row> {
    let Reading { delimiter, layout, times, .. } = reading;
    let mut row = Row::default();
    let mut at = 0;
    for (column, role) in layout.roles.iter().enumerate() {
        if column > 0 {
            if *line.get(at)? != *delimiter {
                return None;
            }
            at += 1;
        }
        let rest = line.get(at..)?;
        at += match role {
            Role::Value(value) => {
                let (number, length) = plain_prefix(rest)?;
                row.values[*value] = number;
                length
            }
            Role::Time => {
                let length = memchr(*delimiter, rest).unwrap_or(rest.len());
                row.time = times.read(&rest[..length]).ok()?;
                length
            }
            Role::Ignored => memchr(*delimiter, rest).unwrap_or(rest.len()),
        };
    }
    (at == line.len()).then_some(row)
}

/// Any other line: blank, unusual or wrong.
#[cold]
fn slow_row(line_text: &[u8], line: u64, reading: &mut Reading) {
    if line_text.trim_ascii().is_empty() {
        return;
    }
    let fields: Vec<&[u8]> = line_text.split(|byte| *byte == reading.delimiter).collect();
    match read_fields(&fields, line, &reading.layout, &mut reading.times) {
        Ok(row) => reading.push(line, row),
        Err(error) => reading.builder.reject(error),
    }
}

/// How many rows a body is likely to have, from the length of its first lines.
pub(super) fn estimate_rows(body: &[u8]) -> usize {
    const SAMPLE_BYTES: usize = 64 << 10;
    /// No bar is written in fewer bytes than this; keeps the guess in bounds for odd files.
    const SHORTEST_LINE: usize = 16;
    let sample = &body[..body.len().min(SAMPLE_BYTES)];
    let lines = memchr_iter(b'\n', sample).count().max(1);
    let mean = (sample.len() / lines).max(SHORTEST_LINE);
    body.len() / mean + body.len() / mean / 50 + 1
}

//! Bars and what was found about them as bytes, to be had again without parsing a file.
//!
//! A checksum stands at the end: what isn't whole is not there. Never touches a file: it writes to and
//! reads from what it is given.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use super::{Bars, FileCheck, TimeMs, rows::Source, zone::Clock};

/// Version of the readers and of this form: raise it whenever the same file may give other bars, findings
/// or bytes than before.
const VERSION: u32 = 1;

const MAGIC: &[u8; 16] = b"sprag columns 1\n";
/// Longest description of the columns. It holds at most some dozens of findings and offsets.
const MAX_HEADER_BYTES: u64 = 4 << 20;
/// Values that are converted at a time.
const CHUNK: usize = 8_192;

/// A file that was read without errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its bars.
    pub bars: Bars,
    /// What was found: warnings only. File and symbol are those that it was read as.
    pub check: FileCheck,
    /// [`Bars::content_hash`] of the bars.
    pub hash: String,
}

/// What stands before the columns.
#[derive(Serialize, Deserialize)]
struct Header {
    /// What the entry is of: a copy under another name is not believed.
    key: String,
    has_funding: bool,
    clock: Clock,
    check: FileCheck,
    hash: String,
}

/// Identifies what a file's bytes are read as: their content, how they are read, and by which version.
/// 32 hexadecimal digits.
///
/// XXH3 with 128 bits and the length: two files that differ by accident won't share it, and nobody gains
/// by making such files, as both are trusted already. It is ten times as fast as parsing, which SHA-256
/// is not on every machine.
pub fn key(source: &Source, bytes: &[u8]) -> String {
    let mut hash = XxHash3_128::new();
    let version = env!("CARGO_PKG_VERSION");
    let length = bytes.len();
    let Source { symbol, zone, file } = source;
    // A name may say that the content is Parquet.
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    let parts = format!("{VERSION}\n{version}\n{}\n{ending}\n{length}\n{symbol}\n", zone.name());
    hash.write(parts.as_bytes());
    zone.digest(|bytes| hash.write(bytes));
    hash.write(&XxHash3_128::oneshot(bytes).to_le_bytes());
    format!("{:032x}", hash.finish_128())
}

/// Writes bars that were read without errors, as the entry of `key`.
///
/// # Errors
/// What the writer says.
pub fn write(key: &str, stored: &Stored, out: impl Write) -> io::Result<()> {
    let Stored { bars, check, hash } = stored;
    let header = Header {
        key: key.into(),
        has_funding: bars.funding.is_some(),
        clock: bars.clock.clone(),
        check: check.clone(),
        hash: hash.clone(),
    };
    let header = serde_json::to_vec(&header)?;
    let mut out = Summed { inner: out, sum: XxHash3_128::new() };
    out.write_all(MAGIC)?;
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    write_column(&mut out, &bars.time, |time| time.to_le_bytes())?;
    let columns = [&bars.open, &bars.high, &bars.low, &bars.close, &bars.volume];
    for column in columns.into_iter().chain(&bars.funding) {
        write_column(&mut out, column, |value| value.to_le_bytes())?;
    }
    let Summed { mut inner, sum } = out;
    inner.write_all(&sum.finish_128().to_le_bytes())?;
    inner.flush()
}

/// Reads what [`write()`] wrote as the entry of `key`, `length` bytes in all; `None` if it is anything else, or
/// not whole.
///
/// # Errors
/// What the reader says; an early end is none.
pub fn read(key: &str, input: impl Read, length: u64) -> io::Result<Option<Stored>> {
    match read_all(key, input, length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        result => result,
    }
}

fn read_all(key: &str, input: impl Read, length: u64) -> io::Result<Option<Stored>> {
    let mut input = Summed { inner: input, sum: XxHash3_128::new() };
    let mut magic = [0; MAGIC.len()];
    input.read_exact(&mut magic)?;
    let mut header_length = [0; 8];
    input.read_exact(&mut header_length)?;
    let header_length = u64::from_le_bytes(header_length);
    if magic != *MAGIC || header_length > MAX_HEADER_BYTES.min(length) {
        return Ok(None);
    }
    let mut header = vec![0; header_length as usize];
    input.read_exact(&mut header)?;
    let Ok(header) = serde_json::from_slice::<Header>(&header) else { return Ok(None) };
    if header.key != key {
        return Ok(None);
    }
    let Header { has_funding, clock, check, hash, .. } = header;
    let rows = check.bars;
    // The length bounds what is allocated, whatever the header says.
    let columns = 6 + u64::from(has_funding);
    let expected = (rows as u64)
        .checked_mul(8 * columns)
        .and_then(|columns| columns.checked_add(MAGIC.len() as u64 + 8 + header_length + 16));
    if expected != Some(length) {
        return Ok(None);
    }
    let time: Vec<TimeMs> = read_column(&mut input, rows, TimeMs::from_le_bytes)?;
    let mut numbers = || read_column(&mut input, rows, f64::from_le_bytes);
    // Fields are read in the order in which they stand here.
    let bars = Bars {
        symbol: check.symbol.clone(),
        time,
        open: numbers()?,
        high: numbers()?,
        low: numbers()?,
        close: numbers()?,
        volume: numbers()?,
        funding: if has_funding { Some(numbers()?) } else { None },
        clock,
    };
    let Summed { mut inner, sum } = input;
    let mut expected = [0; 16];
    inner.read_exact(&mut expected)?;
    let is_whole = sum.finish_128() == u128::from_le_bytes(expected);
    Ok(is_whole.then_some(Stored { bars, check, hash }))
}

fn write_column<T: Copy>(
    out: &mut impl Write,
    column: &[T],
    bytes: impl Fn(T) -> [u8; 8],
) -> io::Result<()> {
    let mut buffer = vec![0; 8 * CHUNK];
    for values in column.chunks(CHUNK) {
        for (slot, value) in buffer.chunks_exact_mut(8).zip(values) {
            slot.copy_from_slice(&bytes(*value));
        }
        out.write_all(&buffer[..8 * values.len()])?;
    }
    Ok(())
}

fn read_column<T>(
    input: &mut impl Read,
    rows: usize,
    value: impl Fn([u8; 8]) -> T,
) -> io::Result<Vec<T>> {
    let mut column = Vec::with_capacity(rows);
    let mut buffer = vec![0; 8 * CHUNK];
    while column.len() < rows {
        let bytes = &mut buffer[..8 * CHUNK.min(rows - column.len())];
        input.read_exact(bytes)?;
        let (values, _) = bytes.as_chunks::<8>();
        column.extend(values.iter().map(|bytes| value(*bytes)));
    }
    Ok(column)
}

/// A reader or writer that sums up what passes through it.
struct Summed<T> {
    inner: T,
    sum: XxHash3_128,
}

impl<T: Write> Write for Summed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.write(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Summed<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.sum.write(&bytes[..read]);
        Ok(read)
    }
}

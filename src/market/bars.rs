//! Price bars of one symbol, as columns. Plain values: who fills them answers for their order.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::zone::Clock;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type TimeMs = i64;

/// Bars of one symbol in strictly rising time order; all columns have the same length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bars {
    /// Name of the symbol: the file's stem.
    pub symbol: String,
    /// Label of each bar (daily: the session date at 00:00Z; intraday: the bar's open time).
    pub time: Vec<TimeMs>,
    /// Opening price.
    pub open: Vec<f64>,
    /// Highest price.
    pub high: Vec<f64>,
    /// Lowest price.
    pub low: Vec<f64>,
    /// Closing price.
    pub close: Vec<f64>,
    /// Volume in units; 0 where the file has none.
    pub volume: Vec<f64>,
    /// Funding rate charged to longs (paid to shorts) on the notional at the bar's close, if the file
    /// has such a column.
    pub funding: Option<Vec<f64>>,
    /// What clocks of the market show at `time`. UTC for daily bars: their labels are dates.
    pub clock: Clock,
}

impl Bars {
    /// Number of bars.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// The bars of a range, which must lie within them.
    pub fn part(&self, range: Range<usize>) -> Self {
        let column = |values: &[f64]| values[range.clone()].to_vec();
        Self {
            symbol: self.symbol.clone(),
            time: self.time[range.clone()].to_vec(),
            open: column(&self.open),
            high: column(&self.high),
            low: column(&self.low),
            close: column(&self.close),
            volume: column(&self.volume),
            funding: self.funding.as_deref().map(column),
            clock: self.clock.clone(),
        }
    }

    /// What clocks of the market show at some of the bars, as milliseconds since 1970 would at UTC.
    /// `out` is as long as the range.
    pub fn clock_times(&self, bars: Range<usize>, out: &mut [f64]) {
        self.clock.write_shown(&self.time[bars], out);
    }

    /// SHA-256 of symbol and columns, in hex. It depends on the values alone: the same bars from a file
    /// with other spellings, column order or line ends hash alike.
    pub fn content_hash(&self) -> String {
        let mut hash = Sha256::new();
        // Lengths stand before what varies in length, so that no two contents are the same bytes.
        hash.update(b"sprag bars 1\n");
        hash.update((self.symbol.len() as u64).to_le_bytes());
        hash.update(self.symbol.as_bytes());
        hash.update((self.time.len() as u64).to_le_bytes());
        hash_column(&mut hash, &self.time, |time| time.to_le_bytes());
        for column in [&self.open, &self.high, &self.low, &self.close, &self.volume] {
            hash_column(&mut hash, column, |value| value.to_le_bytes());
        }
        if let Some(funding) = &self.funding {
            hash.update(b"funding");
            hash_column(&mut hash, funding, |value| value.to_le_bytes());
        }
        // Rules of a zone may change with its database, and strategies see them.
        if !self.clock.is_utc() {
            hash.update(b"clock");
            self.clock.hash_input().for_each(|bytes| hash.update(bytes));
        }
        hex(&hash.finalize())
    }
}

/// Feeds a column as little-endian bytes, some hundred values at a time.
fn hash_column<T: Copy>(hash: &mut Sha256, column: &[T], bytes: impl Fn(T) -> [u8; 8]) {
    let mut buffer = [0_u8; 4096];
    for values in column.chunks(buffer.len() / 8) {
        for (slot, value) in buffer.chunks_exact_mut(8).zip(values) {
            slot.copy_from_slice(&bytes(*value));
        }
        hash.update(&buffer[..values.len() * 8]);
    }
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

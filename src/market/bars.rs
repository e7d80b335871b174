//! Price bars of one symbol, as columns.

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
}

//! Binance's klines: pages of up to 1,000 bars as JSON, and the rows of a CSV file that they become.
//!
//! Prices come as text and are written as they come, so that nothing is rounded on the way. Interface:
//! Binance, "Kline/Candlestick data" of the spot REST interface.

use serde_json::Value;

use super::address::escaped;
use crate::market::{TimeMs, format_time};
use crate::program::Interval;

/// Bars of a page, the most that one request gives.
pub const PAGE: usize = 1_000;
/// The first line of the files.
pub const HEADER: &str = "time,open,high,low,close,volume\n";
/// Requests weigh 2 of some 6,000 a minute; from here on they wait for the next minute.
pub const CALM_WEIGHT: u64 = 4_500;
/// The header that says how much has been used.
pub const WEIGHT_HEADER: &str = "x-mbx-used-weight-1m";

/// The interface for market data alone; unlike the exchange's own it answers everywhere.
const BASE: &str = "https://data-api.binance.vision";

/// One bar, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kline {
    /// When it opens.
    pub open_time: TimeMs,
    /// Its last millisecond.
    pub close_time: TimeMs,
    /// Its line of the file.
    pub row: String,
}

/// The interface's address; `base` is empty for the usual one.
pub fn base(base: &str) -> String {
    if base.is_empty() { BASE.into() } else { base.trim_end_matches('/').into() }
}

/// The address of the page whose first bar opens at `from` or next after it.
pub fn address(
    base: &str,
    ticker: &str,
    interval: Interval,
    from: TimeMs,
    to: Option<TimeMs>,
) -> String {
    let mut address = format!(
        "{base}/api/v3/klines?symbol={}&interval={}&limit={PAGE}&startTime={from}",
        escaped(ticker),
        interval.name()
    );
    if let Some(to) = to {
        address.push_str(&format!("&endTime={to}"));
    }
    address
}

/// Reads a page: bars in rising order.
///
/// # Errors
/// Anything that isn't such a page, in words.
pub fn read(page: &[u8]) -> Result<Vec<Kline>, String> {
    let rows: Vec<Value> =
        serde_json::from_slice(page).map_err(|error| format!("no list of klines: {error}"))?;
    let klines: Vec<Kline> = rows.iter().map(kline).collect::<Result<_, _>>()?;
    if klines.windows(2).any(|pair| pair[0].open_time >= pair[1].open_time) {
        return Err("klines that aren't in order of time".into());
    }
    Ok(klines)
}

fn kline(row: &Value) -> Result<Kline, String> {
    let wrong = || format!("no kline: {}", row.to_string().chars().take(80).collect::<String>());
    let time = |at: usize| row.get(at).and_then(Value::as_i64).ok_or_else(wrong);
    // Only digits and a point may become part of the file.
    let number = |at: usize| {
        let text = row.get(at).and_then(Value::as_str);
        text.filter(|text| text.parse::<f64>().is_ok_and(f64::is_finite)).ok_or_else(wrong)
    };
    let (open_time, close_time) = (time(0)?, time(6)?);
    if close_time < open_time {
        return Err(wrong());
    }
    let row = format!(
        "{},{},{},{},{},{}\n",
        format_time(open_time),
        number(1)?,
        number(2)?,
        number(3)?,
        number(4)?,
        number(5)?
    );
    Ok(Kline { open_time, close_time, row })
}

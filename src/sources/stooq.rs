//! Stooq's CSV files: `q/d/l/?s=aapl.us&i=d`, daily, weekly or monthly.
//!
//! It answers every request with 200, and says in a line of text what it won't do.

use super::address::escaped;
use crate::market::{TimeMs, time::format_date};
use crate::program::Interval;

const BASE: &str = "https://stooq.com";

/// What stooq says in place of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It has nothing under this ticker, or not in these dates.
    NoData,
    /// Enough for today.
    TooMany,
}

/// The address of a ticker's file; `base` is empty for the usual one.
pub fn address(
    base: &str,
    ticker: &str,
    interval: Interval,
    from: Option<TimeMs>,
    to: Option<TimeMs>,
) -> String {
    let base = if base.is_empty() { BASE } else { base.trim_end_matches('/') };
    let step = match interval {
        Interval::OneWeek => "w",
        Interval::OneMonth => "m",
        _ => "d",
    };
    let mut address = format!("{base}/q/d/l/?s={}&i={step}", escaped(&ticker.to_lowercase()));
    for (name, date) in [("d1", from), ("d2", to)] {
        if let Some(date) = date {
            address.push_str(&format!("&{name}={}", format_date(date).replace('-', "")));
        }
    }
    address
}

/// Whether a reply says that there is no data in it.
pub fn refusal(reply: &[u8]) -> Option<Refusal> {
    // A sentence, not a file: what begins a file of data is its header.
    let start = String::from_utf8_lossy(&reply[..reply.len().min(200)]).to_lowercase();
    if start.contains("exceeded the daily hits limit") {
        Some(Refusal::TooMany)
    } else if start.trim_start().starts_with("no data") || reply.trim_ascii().is_empty() {
        Some(Refusal::NoData)
    } else {
        None
    }
}

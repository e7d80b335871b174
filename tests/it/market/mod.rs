//! Market data: reading, checking, joining, loading.

#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test may fail anywhere, and means equal when it says equal"
)]

mod caching;
mod cases;
mod loading;
mod numbers;
mod parquet;
mod round_trip;
mod shipped;
mod times;
mod universe;
mod zones;

use sprag::market::{Bars, TimeMs};

/// Bars with a plain price path at the given times.
fn bars_at(symbol: &str, time: &[TimeMs]) -> Bars {
    let n = time.len();
    Bars {
        symbol: symbol.into(),
        time: time.to_vec(),
        open: vec![10.0; n],
        high: vec![11.0; n],
        low: vec![9.0; n],
        close: vec![10.5; n],
        volume: vec![1.0; n],
        ..Bars::default()
    }
}

//! `[[source]]`: where files of the market come from.

use serde::{Deserialize, Serialize};

/// What is asked for market data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A file at an address.
    Url,
    /// Klines of Binance's REST interface.
    Binance,
    /// Stooq's CSV files.
    Stooq,
}

/// Length of a bar at a data source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the length that its name says")]
pub enum Interval {
    #[serde(rename = "1m")]
    OneMinute,
    #[serde(rename = "3m")]
    ThreeMinutes,
    #[serde(rename = "5m")]
    FiveMinutes,
    #[serde(rename = "15m")]
    FifteenMinutes,
    #[serde(rename = "30m")]
    ThirtyMinutes,
    #[serde(rename = "1h")]
    OneHour,
    #[serde(rename = "2h")]
    TwoHours,
    #[serde(rename = "4h")]
    FourHours,
    #[serde(rename = "6h")]
    SixHours,
    #[serde(rename = "8h")]
    EightHours,
    #[serde(rename = "12h")]
    TwelveHours,
    #[serde(rename = "1d")]
    OneDay,
    #[serde(rename = "3d")]
    ThreeDays,
    #[serde(rename = "1w")]
    OneWeek,
    #[serde(rename = "1M")]
    OneMonth,
}

impl Interval {
    /// As program.md and Binance write it: `1m`, `4h`, `1d`, `1M`.
    pub fn name(self) -> &'static str {
        crate::program::table::INTERVALS[self as usize]
    }
}

/// `[[source]]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceSettings {
    /// What is asked.
    pub kind: SourceKind,
    /// Symbols it has; empty means those of the market.
    pub symbols: Vec<String>,
    /// Address of a file with `{ticker}` and `${VARIABLE}`; base of an interface; empty: the usual one.
    pub url: String,
    /// What the source calls a symbol; `{symbol}` stands for it.
    pub ticker: String,
    /// Length of a bar, where the source offers several.
    pub interval: Interval,
    /// First date (`YYYY-MM-DD`, UTC); empty: as early as there are bars.
    pub from: String,
    /// Last date (`YYYY-MM-DD`, UTC); empty: up to the last complete bar.
    pub to: String,
    /// SHA-256 that the file must have, in hexadecimal; empty: any.
    pub sha256: String,
}

impl Default for SourceSettings {
    fn default() -> Self {
        Self {
            kind: SourceKind::Url,
            symbols: Vec::new(),
            url: String::new(),
            ticker: "{symbol}".into(),
            interval: Interval::OneDay,
            from: String::new(),
            to: String::new(),
            sha256: String::new(),
        }
    }
}

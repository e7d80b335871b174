//! Where market data comes from: what a source is asked, and what its answers mean.
//!
//! `[[source]]` of program.md becomes [`Order`]s, one per symbol; [`klines`] and [`stooq`] know the two
//! interfaces, [`address`] how addresses hold names and secrets, [`history`] whether bars that are there
//! were changed upstream, and [`lock`] the file that remembers what was fetched. Never touches a file, the
//! clock, the environment or the network: it makes and reads text that it is given.

pub mod address;
pub mod history;
pub mod klines;
pub mod lock;
pub mod stooq;

use crate::market::TimeMs;
use crate::program::{Interval, Settings, SourceKind, SourceSettings, date_ms};

/// One file to fetch.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The symbol: the stem of the file.
    pub symbol: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a file comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A file at an address.
    File {
        /// The address, with `${VARIABLE}` where secrets go.
        url: String,
        /// The SHA-256 it must have, in lower-case hexadecimal.
        sha256: Option<String>,
        /// Whether the answers are those of stooq, which says in a line of text what it won't do.
        of_stooq: bool,
    },
    /// Klines of Binance's interface.
    Klines {
        /// The interface's address, without a path.
        base: String,
        /// What it calls the symbol.
        ticker: String,
        /// Length of a bar.
        interval: Interval,
        /// Open time of the first bar wanted.
        from: Option<TimeMs>,
        /// Bars that open after this are not wanted.
        to: Option<TimeMs>,
    },
}

/// One day less a millisecond: a last date is part of what is wanted.
const REST_OF_DAY: TimeMs = 86_400_000 - 1;

/// The files of all sources, in the order of program.md, each symbol from the first source that has it.
pub fn orders(settings: &Settings) -> Vec<Order> {
    let mut orders: Vec<Order> = Vec::new();
    for source in &settings.source {
        let symbols =
            if source.symbols.is_empty() { &settings.market.symbols } else { &source.symbols };
        for symbol in symbols {
            if orders.iter().all(|order| order.symbol != *symbol) {
                orders.push(Order { symbol: symbol.clone(), origin: origin(source, symbol) });
            }
        }
    }
    orders
}

fn origin(source: &SourceSettings, symbol: &str) -> Origin {
    let ticker = source.ticker.replace("{symbol}", symbol);
    let (from, to) = (date_ms(&source.from), date_ms(&source.to));
    match source.kind {
        SourceKind::Url => Origin::File {
            url: source.url.replace("{ticker}", &ticker),
            sha256: (!source.sha256.is_empty()).then(|| source.sha256.to_ascii_lowercase()),
            of_stooq: false,
        },
        SourceKind::Stooq => Origin::File {
            url: stooq::address(&source.url, &ticker, source.interval, from, to),
            sha256: None,
            of_stooq: true,
        },
        SourceKind::Binance => Origin::Klines {
            base: klines::base(&source.url),
            ticker,
            interval: source.interval,
            from,
            to: to.map(|to| to + REST_OF_DAY),
        },
    }
}

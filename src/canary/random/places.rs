//! Where a random program may have something computed: symbols and timeframes by name.

use crate::expr::MAX_TEXT_BYTES;
use crate::market::{BarLength, Market, TIMEFRAMES, Timeframe};

/// The names that calls of `symbol` and `timeframe` are drawn with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Symbols.
    pub symbols: Vec<String>,
    /// Timeframes.
    pub timeframes: Vec<&'static str>,
}

impl Default for Places {
    /// Of no market: a symbol that none may have, and all usual timeframes.
    fn default() -> Self {
        Self { symbols: vec!["SPX".into()], timeframes: TIMEFRAMES.to_vec() }
    }
}

impl Places {
    /// Those that a market has: its symbols, traded or not, and the timeframes that are longer than the
    /// bars of each.
    pub fn of(market: &Market) -> Self {
        let all = || market.symbols().iter().chain(market.context());
        let longest = all().map(|bars| BarLength::of(&bars.time).usual()).max().unwrap_or(0);
        let is_longer = |name: &&str| {
            Timeframe::parse(name).is_some_and(|timeframe| timeframe.shortest() > longest)
        };
        // What an expression in a text in a file can't name without escapes is left alone.
        let is_plain = |name: &String| {
            let odd = |c: char| c.is_control() || ['\'', '"', '\\'].contains(&c);
            name.len() <= MAX_TEXT_BYTES && !name.contains(odd)
        };
        Self {
            symbols: all().map(|bars| bars.symbol.clone()).filter(is_plain).collect(),
            timeframes: TIMEFRAMES.into_iter().filter(is_longer).collect(),
        }
    }
}

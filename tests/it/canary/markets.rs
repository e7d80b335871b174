//! Markets for the canaries' tests: the shipped one, and small random ones with calendars of their own.

use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use sprag::adapters::data_files::load_market;
use sprag::market::{Bars, Market};
use sprag::program::Program;
use sprag::rng::Rng;

const DAY: i64 = 86_400_000;

/// The program and the market that the repository comes with.
pub static SHIPPED: LazyLock<(Program, Market)> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read(root.join("program.md")).unwrap();
    let program = Program::from_bytes(&text, "program.md").unwrap();
    let market = load_market(root, &program.settings.market, None).unwrap().market;
    (program, market)
});

/// How the bars of one symbol lie on the days of a market.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Days before the first bar, and after the last.
    pub before: usize,
    pub after: usize,
    /// Share of days without a bar.
    pub missing: f64,
    pub funding: bool,
}

/// Symbols that are listed late or leave early, with days of their own missing.
pub fn listings() -> impl Strategy<Value = Vec<Listing>> {
    let late = prop_oneof![2 => Just(0_usize), 1 => 1_usize..60];
    let missing = prop_oneof![2 => Just(0.0), 1 => 0.0..0.4];
    let one = (late.clone(), late, missing, any::<bool>())
        .prop_map(|(before, after, missing, funding)| Listing { before, after, missing, funding });
    prop::collection::vec(one, 1..4)
}

/// A walk per symbol; volumes and funding of no pattern.
pub fn market(days: usize, listings: &[Listing], seed: u64) -> Market {
    let symbols = listings.iter().enumerate().map(|(s, listing)| {
        let mut rng = Rng::seeded(b"markets1", [seed, s as u64, 0], 0);
        let mut bars = Bars { symbol: format!("S{s}"), ..Bars::default() };
        let (mut funding, mut last) = (Vec::new(), 20.0 + 30.0 * rng.unit());
        for day in listing.before..days.saturating_sub(listing.after) {
            if rng.chance(listing.missing) {
                continue;
            }
            let open = last * (0.99 + 0.02 * rng.unit());
            let close = open * (0.97 + 0.06 * rng.unit());
            bars.time.push(day as i64 * DAY);
            bars.open.push(open);
            bars.high.push(open.max(close) * (1.0 + 0.01 * rng.unit()));
            bars.low.push(open.min(close) * (1.0 - 0.01 * rng.unit()));
            bars.close.push(close);
            bars.volume.push((1e4 * rng.unit()).round());
            funding.push(0.002 * (rng.unit() - 0.4));
            last = close;
        }
        bars.funding = listing.funding.then_some(funding);
        bars
    });
    Market::new(symbols.collect())
}

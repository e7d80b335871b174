//! The synthetic market of the jobs: a seeded geometric random walk on a grid of 0.0001.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sprag::market::Bars;

pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 86_400_000;
/// 2020-01-01, a Wednesday.
const START: i64 = 1_577_836_800_000;
/// Standard deviation of a step; a bar is four of them.
const STEP: f64 = 0.0005;

/// Bars of a walk, one every `spacing` milliseconds.
pub fn bars(symbol: &str, count: usize, spacing: i64, seed: u64) -> Bars {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // The sum of four uniform numbers, near enough to a normal one.
    let mut step = || {
        let bits = random.next_u64();
        let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
        (sum as f64 / 65_536.0 - 2.0) * 3.0_f64.sqrt() * STEP
    };
    let grid = |price: f64| (price * 1e4).round() / 1e4;
    let mut bars = Bars { symbol: symbol.into(), ..Bars::default() };
    let mut price = 100.0;
    for i in 0..count {
        let walk: [f64; 5] = std::array::from_fn(|_| {
            price *= 1.0 + step();
            grid(price)
        });
        bars.time.push(START + i as i64 * spacing);
        bars.open.push(walk[0]);
        bars.high.push(walk.iter().copied().fold(walk[0], f64::max));
        bars.low.push(walk.iter().copied().fold(walk[0], f64::min));
        bars.close.push(walk[4]);
        bars.volume.push(1_000.0 + (i % 97) as f64);
    }
    bars
}

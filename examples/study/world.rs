//! Markets whose truth is known: pure noise, or noise with an edge that was planted.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sprag::market::{Bars, Market};
use sprag::stats::normal;

/// Standard deviation of a daily return.
const DAILY: f64 = 0.01;
/// Drift of a day in standard deviations, up where the rule holds and down where it doesn't, that gives the long-only
/// account of the rule an annual Sharpe ratio of 1.5: half of the days in the market, p = 1/2, earn
/// p k / √(p + p (1 - p) k²) = 1.5 / √252.
const DRIFT: f64 = 0.1342;
/// 2000-01-03, a Monday, in milliseconds since 1970-01-01.
const MONDAY: i64 = 946_857_600_000;
const DAY: i64 = 86_400_000;

/// What tomorrow's return depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truth {
    /// Nothing.
    Noise,
    /// It is higher while the close is above its average of so many bars: trends go on.
    Trend(usize),
    /// It is higher while the close is below it: prices come back.
    Reversion(usize),
}

impl Truth {
    /// The rule that earns the edge, as a strategy.
    pub fn rule(self) -> Option<String> {
        let (length, enter, exit) = match self {
            Self::Noise => return None,
            Self::Trend(length) => (length, '>', '<'),
            Self::Reversion(length) => (length, '<', '>'),
        };
        Some(format!(
            "[long]\nenter = \"close {enter} sma(close, {length})\"\nexit = \"close {exit} sma(close, {length})\"\n"
        ))
    }
}

/// Weekdays of one symbol in such a world.
pub fn market(truth: Truth, seed: u64, bars: usize) -> Market {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = move || {
        let uniform = ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        normal::quantile(uniform).unwrap_or(0.0)
    };
    let mut out = Bars { symbol: "WORLD".into(), ..Bars::default() };
    let mut close: f64 = 100.0;
    for bar in 0..bars {
        let drift = DRIFT * DAILY * direction(truth, &out.close);
        let open = close;
        close = open * (1.0 + drift + DAILY * normal());
        let reach = |from: f64, z: f64| from * (1.0 + 0.4 * DAILY * z.abs());
        out.time.push(MONDAY + (bar as i64 / 5 * 7 + bar as i64 % 5) * DAY);
        out.open.push(open);
        out.high.push(reach(open.max(close), normal()));
        out.low.push(open.min(close) / reach(1.0, normal()));
        out.close.push(close);
        out.volume.push(1_000.0 * (1.0 + 0.2 * normal().abs()));
    }
    Market::new(vec![out])
}

/// +1 where the edge is up, -1 where it is down, 0 without one.
fn direction(truth: Truth, closes: &[f64]) -> f64 {
    let (length, sign) = match truth {
        Truth::Noise => return 0.0,
        Truth::Trend(length) => (length, 1.0),
        Truth::Reversion(length) => (length, -1.0),
    };
    let Some(recent) = closes.len().checked_sub(length).map(|from| &closes[from..]) else {
        return 0.0;
    };
    let average = recent.iter().sum::<f64>() / length as f64;
    let last = recent.last().copied().unwrap_or(average);
    sign * if last > average { 1.0 } else { -1.0 }
}
